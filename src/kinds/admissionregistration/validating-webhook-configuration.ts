import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, of, opt } from '../../api/schema.ts';
import { staticSuffixWarnings } from './lib/static-suffix.ts';
import { defaultWebhook, validateWebhooks, webhookColumns } from './lib/webhooks.ts';
import { validatingWebhook } from './shapes/webhook.ts';

/** Which requests are shown to which webhooks, that may refuse them. */
export const ValidatingWebhookConfiguration = defineKind({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  categories: ['api-extensions'],
  scope: 'Cluster',
  plainFinalizers: true,
  openApiName: 'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  generation: true,
  fields: {
    webhooks: opt(list(2, of(validatingWebhook), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' })),
  },
  defaults(configuration) {
    for (const webhook of configuration.webhooks ?? []) defaultWebhook(webhook);
  },
  validate: validateWebhooks,
  warnings: staticSuffixWarnings,
  columns: webhookColumns,
});
export interface ValidatingWebhookConfiguration extends ObjectOf<typeof ValidatingWebhookConfiguration> {}
