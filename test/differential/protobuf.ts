import { readEnvelope, readMessage, writeEnvelope } from '../../src/api/codec-protobuf.ts';
import { jsonText } from '../../src/api/json.ts';
import { apiVersionOf, messageShape } from '../../src/api/kind.ts';
import { listMeta } from '../../src/api/meta.ts';
import { metaShape } from '../../src/api/meta-types.ts';
import { list, object, of, type Shape } from '../../src/api/schema.ts';
import { WireReader } from '../../src/base/wire.ts';
import { loadKinds } from '../../src/kinds/catalog.node.ts';

/** Bodies in protobuf, as the JSON that they would be. */
const shapes = new Map<string, Shape>();
for (const kind of await loadKinds()) {
  const message = messageShape(kind);
  shapes.set(`${apiVersionOf(kind)}/${kind.kind}`, message);
  const items = { name: kind.listKind, fields: { metadata: object(1, listMeta), items: list(2, of(message)) } };
  shapes.set(`${apiVersionOf(kind)}/${kind.listKind}`, items);
}
const empty: Shape = { name: 'unknown', fields: {} };
const shapeOf = (type: { readonly apiVersion: string; readonly kind: string }): Shape =>
  shapes.get(`${type.apiVersion}/${type.kind}`) ?? metaShape(type) ?? empty;

/** An object's body; of kinds that nobody knows, an envelope without content. */
export function protobufOf(value: unknown): Uint8Array {
  const { apiVersion = '', kind = '' } = (value ?? {}) as { apiVersion?: string; kind?: string };
  return writeEnvelope({ apiVersion, kind }, shapeOf({ apiVersion, kind }), value as object);
}

const shownObject = (bytes: Uint8Array): object => {
  const envelope = readEnvelope(bytes);
  const { apiVersion, kind, ...fields } = readMessage(envelope, shapeOf(envelope));
  return { kind, apiVersion, ...fields };
};
/** A body as JSON text. Throws WireError. */
export const shownProtobuf = (bytes: Uint8Array): string => jsonText(shownObject(bytes));

/** The frames of a watch as JSON lines. Throws WireError. */
export function shownFrames(bytes: Buffer): string {
  const lines: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    const reader = new WireReader(bytes.subarray(at + 4, at + 4 + size));
    const event = { type: '', object: {} };
    while (!reader.done) {
      const { field, wireType } = reader.tag();
      if (field === 1) event.type = reader.string();
      else if (field === 2) {
        const extension = reader.message();
        while (!extension.done) {
          const part = extension.tag();
          if (part.field === 1) event.object = shownObject(extension.bytes());
          else extension.skip(part.wireType);
        }
      } else reader.skip(wireType);
    }
    lines.push(jsonText(event));
    at += 4 + size;
  }
  return lines.join('\n');
}
