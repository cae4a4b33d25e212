import { readEnvelope, readMessage, writeEnvelope } from '../../../src/api/codec-protobuf.ts';
import { decodeObject } from '../../../src/api/decode.ts';
import { messageShape } from '../../../src/api/kind.ts';
import { metaShape } from '../../../src/api/meta-types.ts';
import type { Shape } from '../../../src/api/schema.ts';
import { StatusError } from '../../../src/api/status.ts';
import { WireError } from '../../../src/base/wire.ts';
import { protobufOf } from '../../differential/protobuf.ts';
import { kinds, objectOf, pickKind, validOf } from '../lib/objects.ts';
import { bytesOf, joined } from '../lib/mutate.ts';
import { allow, type Target } from '../lib/target.ts';

const byName = new Map(kinds.map((kind) => [kind.kind, kind]));
const tags = (...numbers: readonly number[]) => Uint8Array.from(numbers);
const deepJson = bytesOf('['.repeat(120));

/** Kubernetes' envelope, and the message of whatever kind it names; what was read is decoded, and written again. */
export const target: Target = {
  samples: () => kinds.map((kind) => protobufOf(validOf(kind))),
  words: [
    ...kinds.slice(0, 40).map(({ kind }) => kind),
    ...[
      tags(0x6b, 0x38, 0x73, 0),
      tags(0x0a),
      tags(0x12),
      tags(0x0a, 0),
      tags(0x0a, 0x80, 0x80, 0x80, 0x80, 0x08),
      tags(0x0b),
      tags(0x0c),
      tags(0x0f),
    ],
    ...[
      tags(0xff, 0xff, 0xff, 0xff, 0x0f),
      tags(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
      tags(0x0a, 2, 0x0a, 0),
      deepJson,
    ],
  ],
  generate(random) {
    const object = objectOf(random, pickKind(random));
    // Only what decodes has a message; the rest is JSON's matter.
    const bytes = allow(() => protobufOf(decodeObject(byName.get(object.kind)!, object).object), StatusError);
    if (bytes === undefined) return '';
    const at = random.int(bytes.length);
    return random.int(3) === 0 ? bytes : joined(bytes.subarray(0, at), tags(random.int(256)), bytes.subarray(at + random.int(2)));
  },
  check(input) {
    const envelope = allow(() => readEnvelope(input), WireError);
    if (envelope === undefined) return;
    const kind = byName.get(envelope.kind);
    const shape: Shape | undefined = kind === undefined ? metaShape(envelope) : messageShape(kind);
    if (shape === undefined) return;
    const value = allow(() => readMessage(envelope, shape), WireError);
    if (value === undefined) return;
    if (kind === undefined) {
      writeEnvelope(envelope, shape, value);
      return;
    }
    const decoded = allow(() => decodeObject(kind, { ...value, apiVersion: undefined, kind: undefined }), StatusError);
    if (decoded !== undefined) JSON.stringify(decoded.object), writeEnvelope(envelope, shape, decoded.object);
  },
};
