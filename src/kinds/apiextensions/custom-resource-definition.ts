import { defineKind, type ObjectOf, type Draft } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { formatTime } from '../../api/gotime.ts';
import { createdAtColumn, nameColumn } from '../lib/columns.ts';
import { sameJson } from '../../base/equal.ts';
import { cleanupFinalizer } from './lib/cleanup-finalizer.ts';
import { withCondition } from './lib/conditions.ts';
import { unknownFormats } from './lib/formats.ts';
import { validateDefinition } from './lib/validate-definition.ts';
import { customResourceDefinitionSpec, customResourceDefinitionStatus } from './shapes/custom-resource-definition.ts';

const storageVersion = ({ spec }: { spec: { versions: readonly { name: string; storage: boolean }[] } }): string | undefined =>
  spec.versions.find(({ storage }) => storage)?.name;

/** Upstream keeps what is in it, not that it is there. */
function dropEmptyWebhook({ spec: { conversion } }: Draft<CustomResourceDefinition>): void {
  const { webhook } = conversion ?? {};
  if (webhook !== undefined && webhook.clientConfig === undefined && webhook.conversionReviewVersions.length === 0)
    delete conversion!.webhook;
}

/** https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ */
export const CustomResourceDefinition = defineKind({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  scope: 'Cluster',
  subresources: ['status'],
  generation: true,
  plainFinalizers: true,
  storageVersion: 'v1beta1',
  openApiName: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  fields: {
    spec: required(object(2, customResourceDefinitionSpec)),
    status: object(3, customResourceDefinitionStatus),
  },
  defaults(draft) {
    const { names, conversion } = draft.spec;
    if (!names.singular && names.kind !== '') names.singular = names.kind.toLowerCase();
    if (!names.listKind && names.kind !== '') names.listKind = `${names.kind}List`;
    if (conversion === undefined) draft.spec.conversion = { strategy: 'None' };
    const service = conversion?.webhook?.clientConfig?.service;
    if (service !== undefined) service.port ??= 443;
    const stored = storageVersion(draft);
    if (draft.status.storedVersions.length === 0 && stored !== undefined) draft.status.storedVersions = [stored];
  },
  prepareForCreate(draft) {
    dropEmptyWebhook(draft);
    const stored = storageVersion(draft);
    draft.status = { conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: stored === undefined ? [] : [stored] };
  },
  prepareForUpdate(draft, old, { subresource }) {
    if (subresource === 'status') return;
    dropEmptyWebhook(draft);
    const stored = storageVersion(draft);
    if (stored !== undefined && !draft.status.storedVersions.includes(stored)) draft.status.storedVersions.push(stored);
    if (!sameJson(draft.spec, old.spec)) draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  prepareForDelete(definition, { clock }) {
    const time = formatTime(clock.now());
    const { metadata, status } = definition;
    const finalizers = metadata.finalizers ?? [];
    const condition = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    };
    return {
      ...definition,
      metadata: {
        ...metadata,
        deletionTimestamp: time,
        finalizers: finalizers.includes(cleanupFinalizer) ? finalizers : [...finalizers, cleanupFinalizer],
      },
      status: { ...status, conditions: withCondition(status.conditions, condition, time) },
    };
  },
  validate: validateDefinition,
  *warnings({ spec }, old) {
    const known = new Set(old === undefined ? [] : unknownFormats(old.spec));
    for (const format of unknownFormats(spec)) if (!known.has(format)) yield `unrecognized format ${JSON.stringify(format)}`;
  },
  columns: [nameColumn, createdAtColumn],
});
export interface CustomResourceDefinition extends ObjectOf<typeof CustomResourceDefinition> {}
