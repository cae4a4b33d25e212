import type { ApiObject } from '../../../src/api/meta.ts';
import { jsonText } from '../../../src/api/json.ts';
import { StatusError } from '../../../src/api/status.ts';
import { formatYaml } from '../../../src/base/yaml.ts';
import { loadKinds } from '../../../src/kinds/catalog.node.ts';
import { parseBody } from '../../../src/server/http/body.ts';
import { createKindIndex } from '../../../src/server/kind-index.ts';
import { decodeBody } from '../../../src/server/lib/decoding.ts';
import { validateCreate, validateUpdate } from '../../../src/server/lib/validation.ts';
import type { Format } from '../../../src/server/negotiate.ts';
import { protobufOf } from '../../differential/protobuf.ts';
import { kinds, objectOf, pickKind, validOf } from '../lib/objects.ts';
import { bytesOf, joined } from '../lib/mutate.ts';
import { allow, type Target } from '../lib/target.ts';

const index = createKindIndex(await loadKinds());
const formats: readonly Format[] = ['json', 'yaml', 'protobuf'];
const writers = [jsonText, (object: object) => formatYaml(object), protobufOf] as const;
const headed = (kind: number, format: number, object: object) => joined(Uint8Array.of(kind, format), bytesOf(writers[format]!(object)));
const ignored = () => undefined;
const stored = kinds.map((kind) => decodeBody(kind, validOf(kind), {}, ignored) as ApiObject);

/** The body of a create or an update. The first byte says the kind, the second the format; then parsed, decoded, defaulted and validated. */
export const target: Target = {
  samples: () => kinds.flatMap((kind, at) => [0, 1, 2].map((format) => headed(at, format, validOf(kind)))),
  words: [
    '{"a":',
    '"metadata":{',
    '"spec":{',
    'null',
    '[{}]',
    '{}',
    '[]',
    '"x":"y",',
    '- a\n',
    'a: b\n',
    '1.5',
    '"1Gi"',
    '"2026-01-02T00:00:00Z"',
  ],
  generate(random) {
    const kind = pickKind(random);
    return headed(kinds.indexOf(kind), random.int(4) === 0 ? 1 : 0, objectOf(random, kind));
  },
  check(input) {
    const kind = kinds[input[0] ?? 0] ?? kinds[0]!;
    const format = formats[(input[1] ?? 0) % 3]!;
    const body = allow(() => parseBody(index, Buffer.from(input.subarray(2)), format, { type: 'object', kind }), StatusError);
    if (body === undefined) return;
    for (const fieldValidation of ['Warn', 'Strict'] as const) {
      const object = allow(() => decodeBody(kind, body, { fieldValidation }, ignored), StatusError) as ApiObject | undefined;
      if (object === undefined) continue;
      allow(() => {
        (object.metadata as { name: string }).name ??= 'one';
        if (validateCreate(kind, object).length === 0) for (const _ of kind.strategy.warnings?.(object) ?? []);
        const old = stored[kinds.indexOf(kind)]!;
        for (const subresource of ['', ...kind.subresources]) validateUpdate(kind, object, old, subresource, ignored);
      }, StatusError);
    }
  },
};
