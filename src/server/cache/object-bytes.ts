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

interface Typed {
  readonly apiVersion?: string;
  readonly kind: string;
}
const encoder = new TextEncoder();

/** The bytes of immutable objects in each format, made once however often and to whomever they are sent. */
export class ObjectBytes {
  readonly #kinds: KindIndex;
  readonly #lines = new WeakMap<object, Uint8Array>();
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
    let line = this.#lines.get(object);
    if (line === undefined) {
      line = encoder.encode(`${jsonText(this.shown(object))}\n`);
      this.#lines.set(object, line);
    }
    return line;
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
