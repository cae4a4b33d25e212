import { writeEnvelope } from '../../api/codec-protobuf.ts';
import { inOrder } from '../../api/go-text.ts';
import { jsonText } from '../../api/json.ts';
import { type AnyKind, isBuiltIn, isStored, messageShape } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { metaShape } from '../../api/meta-types.ts';
import type { Shape } from '../../api/schema.ts';
import { withNulls } from '../../api/shown-nulls.ts';
import { notAcceptable } from '../../api/status.ts';
import type { KindIndex } from '../types.ts';
import { storedBytes } from './stored-object.ts';

interface Typed {
  readonly apiVersion?: string;
  readonly kind: string;
}
const encoder = new TextEncoder();

/** What Go escapes in JSON, as bytes. */
const escaped = ['<', '>', '&', '\u2028', '\u2029'].map((text) => Buffer.from(text));
const uidBefore = Buffer.from('"uid":"');
const newline = 10;

const poolBytes = 64 * 1024;
let pool = Buffer.alloc(0);
let used = 0;
/** For bytes that are sent and forgotten: several of them have one block of memory, which is free when all are. */
function room(size: number): Buffer {
  if (size > poolBytes / 4) return Buffer.allocUnsafeSlow(size);
  if (used + size > pool.length) {
    pool = Buffer.allocUnsafeSlow(poolBytes);
    used = 0;
  }
  used += size;
  return pool.subarray(used - size, used);
}

const quote = 34;
/** What is stored, as JSON says it but for the resourceVersion, which upstream writes behind the uid: at `at`. */
interface Stored {
  readonly bytes: Buffer;
  readonly at: number;
  readonly revision: string;
}
/** undefined: there is no uid. */
function storedOf({ buffer, byteOffset, byteLength }: Uint8Array, resourceVersion: string): Stored | undefined {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const uid = bytes.indexOf(uidBefore);
  const at = uid < 0 ? 0 : bytes.indexOf(quote, uid + uidBefore.length) + 1;
  return at === 0 ? undefined : { bytes, at, revision: `,"resourceVersion":"${resourceVersion}"` };
}
function lineOf({ bytes, at, revision }: Stored): Uint8Array {
  const line = room(bytes.length + revision.length + 1);
  bytes.copy(line, 0, 0, at);
  line.write(revision, at, 'latin1');
  bytes.copy(line, at + revision.length, at);
  line[line.length - 1] = newline;
  return line;
}

/**
 * The bytes of immutable objects in each format. What differs from the stored bytes by the resourceVersion alone is put together anew
 * each time, which costs less than to keep it; everything else is made once, however often and to whomever it is sent.
 */
export class ObjectBytes {
  readonly #kinds: KindIndex;
  readonly #lines = new WeakMap<object, Uint8Array | 'as stored'>();
  readonly #envelopes = new WeakMap<object, Uint8Array>();

  constructor(kinds: KindIndex) {
    this.#kinds = kinds;
  }
  /** The kind that an object says it is of. */
  kindOf({ apiVersion = '', kind }: Typed): AnyKind | undefined {
    const slash = apiVersion.indexOf('/');
    return this.#kinds.byKind(slash < 0 ? '' : apiVersion.slice(0, slash), kind, apiVersion.slice(slash + 1));
  }
  /** What upstream's JSON says: with its nulls for built-in kinds, with keys in order for custom resources. */
  shown(object: object): object {
    const kind = this.kindOf(object as ApiObject);
    if (kind === undefined) return object;
    return isBuiltIn(kind) ? withNulls(object, messageShape(kind), isStored(kind)) : inOrder(object);
  }
  /** JSON and a line break. */
  json(object: object): Uint8Array {
    const known = this.#lines.get(object);
    if (known instanceof Uint8Array) return known;
    const stored = this.#stored(object, known !== undefined);
    if (stored !== undefined) return lineOf(stored);
    const line = encoder.encode(`${jsonText(this.shown(object))}\n`);
    this.#lines.set(object, line);
    return line;
  }
  /** JSON in parts, for who puts many objects together: what is stored is not copied. */
  jsonParts(object: object): readonly Uint8Array[] {
    const known = this.#lines.get(object);
    const stored = known instanceof Uint8Array ? undefined : this.#stored(object, known !== undefined);
    if (stored === undefined) return [this.json(object).subarray(0, -1)];
    const { bytes, at, revision } = stored;
    return [bytes.subarray(0, at), Buffer.from(revision, 'latin1'), bytes.subarray(at)];
  }
  /** undefined: JSON is made of the object. */
  #stored(object: object, isKnown: boolean): Stored | undefined {
    const bytes = storedBytes(object);
    const revision = (object as ApiObject).metadata?.resourceVersion;
    if (bytes === undefined || revision === undefined) return undefined;
    const stored = storedOf(bytes, revision);
    if (stored === undefined || isKnown) return stored;
    if (this.shown(object) !== object || escaped.some((one) => stored.bytes.includes(one))) return undefined;
    this.#lines.set(object, 'as stored');
    return stored;
  }
  /** Protobuf in its envelope. Throws NotAcceptable for what has no message. */
  protobuf(object: object): Uint8Array {
    let envelope = this.#envelopes.get(object);
    if (envelope === undefined) {
      envelope = writeEnvelope(typeOf(object), this.#messageOf(object as Typed), object);
      this.#envelopes.set(object, envelope);
    }
    return envelope;
  }
  #messageOf(object: Typed): Shape {
    const kind = this.kindOf(object);
    const shape = kind !== undefined && isBuiltIn(kind) ? messageShape(kind) : metaShape(object);
    if (shape !== undefined) return shape;
    const type = kind === undefined ? `v1.${object.kind}` : 'unstructured.Unstructured';
    throw notAcceptable(
      `object *${type} does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message`,
    );
  }
}
const typeOf = (object: object) => {
  const { apiVersion = '', kind } = object as Typed;
  return { apiVersion, kind };
};
