import { readEnvelope, readMessage, writeEnvelope } from '../../api/codec-protobuf.ts';
import { decodeObject } from '../../api/decode.ts';
import { jsonText, parseJson } from '../../api/json.ts';
import { type AnyKind, messageShape } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { withNulls } from '../../api/shown-nulls.ts';
import { formatYaml, parseYaml } from '../../base/yaml.ts';

/** For tests of kinds: their objects in every format, as upstream's fixtures are written. */
interface Codec {
  read(kind: AnyKind, bytes: Uint8Array): ApiObject;
  write(kind: AnyKind, object: ApiObject): Uint8Array;
}
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (written: string) => new TextEncoder().encode(written);

export const codecs = {
  json: {
    read: (kind, bytes) => decodeObject(kind, parseJson(bytes, { keepNumbers: true }).value).object,
    write: (kind, object) => bytesOf(jsonText(withNulls(object, messageShape(kind), true), 2)),
  },
  yaml: {
    read: (kind, bytes) => decodeObject(kind, parseYaml(text(bytes))[0]).object,
    write: (kind, object) => bytesOf(formatYaml(withNulls(object, messageShape(kind), true))),
  },
  pb: {
    read: (kind, bytes) => decodeObject(kind, readMessage(readEnvelope(bytes), messageShape(kind))).object,
    write: (kind, object) => writeEnvelope(object, messageShape(kind), object),
  },
} as const satisfies Readonly<Record<string, Codec>>;
export type CodecName = keyof typeof codecs;
export const codecNames = Object.keys(codecs) as readonly CodecName[];
