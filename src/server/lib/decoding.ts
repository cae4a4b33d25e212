import { decodeObject, type DecodeOptions } from '../../api/decode.ts';
import type { KeyPositions } from '../../api/json.ts';
import type { AnyKind, Draft } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { decodeCustom } from '../../api/structural/objects.ts';
import { badRequest, type StatusError } from '../../api/status.ts';
import type { CallOptions } from '../../client/call.ts';

interface TextNotes {
  /** Paths of keys that stood twice. */
  readonly duplicates?: readonly string[];
  readonly positions?: KeyPositions | undefined;
  /** What else a strict reader of the text complains of. */
  readonly problems?: readonly string[];
  /** A patch that is null, which says nothing. */
  readonly isNull?: boolean;
}
/** A body that came as text, with what was odd about the text. */
export class ParsedBody implements TextNotes {
  readonly value: unknown;
  readonly duplicates: readonly string[];
  readonly positions: KeyPositions | undefined;
  readonly problems: readonly string[];
  readonly isNull: boolean;
  constructor(value: unknown, { duplicates = [], positions, problems = [], isNull = false }: TextNotes = {}) {
    this.value = value;
    this.duplicates = duplicates;
    this.positions = positions;
    this.problems = problems;
    this.isNull = isNull;
  }
}
/** What a patch made of an object; `isValue` when it was put together as a value and no text: what is unknown in that comes in order. */
export class PatchedBody extends ParsedBody {
  readonly isValue: boolean;
  constructor(value: unknown, notes: TextNotes = {}, isValue = false) {
    super(value, notes);
    this.isValue = isValue;
  }
}
/** A text that is no patch: whoever looks at its value is told why. First it is asked whether there is anything to patch. */
export class BrokenPatch extends ParsedBody {
  readonly fault: StatusError;
  /** `value`: what the text says, where it says something. */
  constructor(fault: StatusError, value?: unknown) {
    super(value);
    this.fault = fault;
  }
}
/** Throws what is wrong with a broken patch. */
export function valueOf(body: unknown): unknown {
  if (body instanceof BrokenPatch) throw body.fault;
  return body instanceof ParsedBody ? body.value : body;
}

/** The object of a body: of the kind's shape, a fresh draft, with defaults. Unknown fields are dropped, warned of or refused as the caller asked. */
export function decodeBody(kind: AnyKind, body: unknown, options: CallOptions, warn: (text: string) => void): Draft<ApiObject> {
  const value = valueOf(body);
  if (value === undefined || value === null) throw badRequest('the request body is empty');
  const how: DecodeOptions = {
    fieldValidation: options.fieldValidation ?? 'Warn',
    ...(body instanceof ParsedBody ? { duplicates: body.duplicates, positions: body.positions, problems: body.problems } : {}),
    ...(body instanceof PatchedBody ? { isPatched: true, isValue: body.isValue } : {}),
  };
  const { object, warnings } = kind.custom === undefined ? decodeObject(kind, value, how) : decodeCustom(kind, kind.custom, value, how);
  for (const warning of warnings) warn(warning);
  kind.strategy.defaults?.(object);
  return object;
}
