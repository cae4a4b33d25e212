import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { podSpec } from './shapes/pod-spec.ts';
import { podStatus } from './shapes/pod-status.ts';
import { podColumns } from './lib/pod-columns.ts';
import { defaultPod } from './lib/pod-defaults.ts';
import { podFields, preparePodForCreate, preparePodForUpdate } from './lib/pod-strategy.ts';
import { nameWarnings, podSpecWarnings } from './lib/pod-warnings.ts';
import { validatePod } from './lib/validate-pod.ts';

export const Pod = defineKind({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['attach', 'binding', 'ephemeralcontainers', 'eviction', 'exec', 'log', 'portforward', 'proxy', 'resize', 'status'],
  openApiName: 'io.k8s.api.core.v1.Pod',
  generation: true,
  resets: { ephemeralcontainers: [], resize: [] },
  keepsGeneration: ['binding'],
  fields: {
    spec: object(2, podSpec),
    status: object(3, podStatus),
  },
  validate: validatePod,
  *warnings(pod, old) {
    if (old !== undefined) return;
    yield* nameWarnings(pod.metadata, "the Pod's hostname");
    yield* podSpecWarnings(pod.spec);
  },
  defaults: defaultPod,
  prepareForCreate: preparePodForCreate,
  prepareForUpdate: preparePodForUpdate,
  columns: podColumns,
  selectableFields: podFields,
  indexedField: 'spec.nodeName',
});
export interface Pod extends ObjectOf<typeof Pod> {}
