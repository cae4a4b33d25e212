import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, of, opt } from '../../api/schema.ts';
import { staticSuffixWarnings } from './lib/static-suffix.ts';
import { defaultWebhook, validateWebhooks, webhookColumns } from './lib/webhooks.ts';
import { mutatingWebhook } from './shapes/webhook.ts';

/** Which requests are shown to which webhooks, that may change their objects. */
export const MutatingWebhookConfiguration = defineKind({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  categories: ['api-extensions'],
  scope: 'Cluster',
  plainFinalizers: true,
  openApiName: 'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  generation: true,
  fields: {
    webhooks: opt(list(2, of(mutatingWebhook), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' })),
  },
  defaults(configuration) {
    for (const webhook of configuration.webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
  validate: validateWebhooks,
  warnings: staticSuffixWarnings,
  columns: webhookColumns,
});
export interface MutatingWebhookConfiguration extends ObjectOf<typeof MutatingWebhookConfiguration> {}
