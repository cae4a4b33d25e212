import { serverSideApply, updateManagedFields } from '../../../src/api/apply.ts';
import { undeclared } from '../../../src/api/apply/declared.ts';
import { rootField } from '../../../src/api/apply/typed.ts';
import type { AnyKind } from '../../../src/api/kind.ts';
import type { ApiObject } from '../../../src/api/meta.ts';
import { StatusError } from '../../../src/api/status.ts';
import { parseBody } from '../../../src/server/http/body.ts';
import { createKindIndex } from '../../../src/server/kind-index.ts';
import { decodeBody, PatchedBody, valueOf } from '../../../src/server/lib/decoding.ts';
import { patched } from '../../../src/server/lib/patching.ts';
import { validateUpdate } from '../../../src/server/lib/validation.ts';
import type { WriteRequest } from '../../../src/server/verbs/engine.ts';
import { patches } from '../../differential/sources/patches.ts';
import { kinds, objectOf, validOf } from '../lib/objects.ts';
import { bytesOf, joined, pick } from '../lib/mutate.ts';
import { allow, type Target } from '../lib/target.ts';

const types = ['json', 'merge', 'strategic', 'apply'] as const;
const names = ['Pod', 'Deployment', 'Service', 'ConfigMap', 'CustomResourceDefinition', 'StorageClass', 'Node', 'ResourceSlice'];
const patchable = names.map((name) => kinds.find(({ kind }) => kind === name)!);
const ignored = () => undefined;
const time = '2026-01-02T03:04:05Z';

/** As a create stores it, with somebody who manages its fields. */
function storedOf(kind: AnyKind): ApiObject {
  const updated = decodeBody(kind, validOf(kind), {}, ignored);
  return updateManagedFields({ kind, old: undefined, updated, manager: 'creator', subresource: '', time }) as ApiObject;
}
const stored = patchable.map(storedOf);
const index = createKindIndex(patchable);
const headed = (kind: number, type: number, value: unknown) => joined(Uint8Array.of(kind, type), bytesOf(JSON.stringify(value) ?? ''));
const managed = (fields: unknown) => [
  { manager: 'm', operation: 'Update', apiVersion: 'v1', time, fieldsType: 'FieldsV1', fieldsV1: fields },
];
const oddFields = [
  ...[
    { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } },
    { 'k:{"name":"a"}': {} },
    { 'f:spec': { 'k:x': { 'f:a': {} } } },
    { 'v:': {} },
  ],
  ...[
    { 'i:-1': {} },
    { x: 1 },
    [],
    'x',
    null,
    { 'f:spec': { 'f:containers': { 'k:{"name":"main"': { 'f:image': {} } } } },
    { 'f:data': { 'f:': {} } },
  ],
];

/** Patches of the four types and edits of managedFields. The first byte says the kind, the second the type. */
export const target: Target = {
  samples: () => [
    headed(3, 0, [
      { op: 'add', path: '/data/x~1y~0', value: 'z' },
      { op: 'copy', from: '/data', path: '/metadata/annotations' },
    ]),
    headed(0, 0, [
      { op: 'test', path: '/spec/containers/0/name', value: 'main' },
      { op: 'replace', path: '/spec/containers/0/image', value: 'b' },
      { op: 'move', from: '/spec/containers/1', path: '/spec/containers/-' },
      { op: 'remove', path: '/metadata/labels' },
    ]),
    headed(1, 1, { spec: { replicas: null, template: { spec: { containers: [{ name: 'x' }] } } } }),
    headed(1, 2, {
      spec: { template: { spec: { containers: [{ name: 'main', $patch: 'delete' }], '$setElementOrder/containers': [{ name: 'side' }] } } },
    }),
    headed(2, 2, { spec: { ports: [{ port: 80, $patch: 'replace' }], $retainKeys: ['ports'] }, '$deleteFromPrimitiveList/x': [1] }),
    ...patchable.map((kind, at) => headed(at, 3, validOf(kind))),
    ...oddFields.map((fields) => headed(3, 1, { metadata: { managedFields: managed(fields) } })),
    ...oddFields.map((fields) => headed(0, 3, { ...validOf(patchable[0]!), metadata: { name: 'one', managedFields: managed(fields) } })),
  ],
  words: [
    ...[
      '"$patch":"delete",',
      '"$retainKeys":["a"],',
      '"$setElementOrder/containers":[],',
      '"op":"copy"',
      '"from":"/spec"',
      '"path":""',
      '/-',
      '/0',
      '~1',
      '~',
    ],
    ...[
      '"managedFields":[{}],',
      '"f:spec":{',
      '"k:{\\"name\\":\\"a\\"}":{',
      '"v:1":{}',
      '".":{}',
      'null',
      '{}',
      '[]',
      '/metadata',
      '/__proto__',
      '"name":"main"',
    ],
  ],
  generate(random) {
    if (random.int(4) === 0) {
      const at = random.int(patchable.length);
      return headed(at, random.int(2) === 0 ? 3 : 1 + random.int(2), objectOf(random, patchable[at]!));
    }
    const { steps } = patches.scenario(random.int(2 ** 31));
    const step = pick(random, steps);
    const value = step.body !== undefined && 'value' in step.body ? step.body.value : {};
    const plural = step.path.split('/').find((part) => patchable.some((kind) => kind.plural === part.split('?')[0]));
    const at = patchable.findIndex((kind) => kind.plural === plural?.split('?')[0]);
    return headed(at < 0 ? random.int(patchable.length) : at, Array.isArray(value) ? 0 : random.int(4), value);
  },
  check(input) {
    const at = (input[0] ?? 0) % patchable.length;
    const type = types[(input[1] ?? 0) % types.length]!;
    const [kind, current] = [patchable[at]!, stored[at]!];
    const request = {
      kind,
      key: { name: 'one' },
      options: { fieldValidation: 'Warn' },
      subresource: '',
      warn: ignored,
    } as unknown as WriteRequest;
    const purpose = { type: 'patch', patch: type } as const;
    const body = allow(() => parseBody(index, Buffer.from(input.subarray(2)), type === 'apply' ? 'yaml' : 'json', purpose), StatusError);
    if (body === undefined) return;
    allow(() => {
      const draft = type === 'apply' ? applied(kind, current, valueOf(body)) : patched(request, type, current, body, index);
      (draft.metadata as { name: string }).name ??= 'one';
      const written = updateManagedFields({ kind, old: current, updated: draft, manager: 'other', subresource: '', time }) as ApiObject;
      JSON.stringify(written);
      validateUpdate(kind, written, current, '', ignored);
      // What was stored so can be applied to by others.
      const sent = { apiVersion: current.apiVersion, kind: kind.kind, metadata: { name: 'one', labels: { scenario: 'x', l: 'm' } } };
      serverSideApply({ kind, live: written, applied: sent, sent, manager: 'third', force: false, subresource: '', time });
    }, StatusError);
  },
};
function applied(kind: AnyKind, live: ApiObject, sent: any) {
  const config = { ...sent, apiVersion: live.apiVersion, kind: live.kind, metadata: { ...sent.metadata, name: 'one' } };
  if (undeclared(rootField(kind), config) !== undefined) throw new StatusError(500, '', 'undeclared');
  const { object } = serverSideApply({ kind, live, applied: config, sent, manager: 'applier', force: true, subresource: '', time });
  return decodeBody(kind, new PatchedBody(object), {}, ignored);
}
