import { decodeObject, type DecodeOptions } from '../../api/decode.ts';
import type { AnyKind, Draft } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { decodeCustom } from '../../api/structural/objects.ts';
import { badRequest, type StatusError } from '../../api/status.ts';
import type { CallOptions } from '../../client/call.ts';

/** A body that came as text, with what was odd about the text. */
export class ParsedBody {
  readonly value: unknown;
  /** Paths of keys that stood twice. */
  readonly duplicates: readonly string[];
  /** What else a strict reader of the text complains of. */
  readonly problems: readonly string[];
  /** A patch that is null, which says nothing. */
  readonly isNull: boolean;
  constructor(value: unknown, duplicates: readonly string[] = [], problems: readonly string[] = [], isNull = false) {
    this.value = value;
    this.duplicates = duplicates;
    this.problems = problems;
    this.isNull = isNull;
  }
}
/** What a patch made of an object. */
export class PatchedBody extends ParsedBody {}
/** A text that is no patch: whoever looks at its value is told why. First it is asked whether there is anything to patch. */
export class BrokenPatch extends ParsedBody {
  readonly fault: StatusError;
  constructor(fault: StatusError) {
    super(undefined);
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
    ...(body instanceof ParsedBody ? { duplicates: body.duplicates, problems: body.problems } : {}),
    ...(body instanceof PatchedBody ? { isPatched: true } : {}),
  };
  const { object, warnings } = kind.custom === undefined ? decodeObject(kind, value, how) : decodeCustom(kind, kind.custom, value, how);
  for (const warning of warnings) warn(warning);
  kind.strategy.defaults?.(object);
  return object;
}
