import { readReview, UnreadableReview } from '../../../src/server/admission/lib/admission-review.ts';
import { resourcesOf } from '../../../src/server/aggregate/remote-discovery.ts';
import { sectionUnder } from '../../../src/server/aggregate/remote-open-api.ts';
import { createWebhookTokenAuthenticator } from '../../../src/server/authn/webhook-token.ts';
import { readCredentials } from '../../../src/server/lib/exec-credentials.ts';
import { parsed } from '../../../src/server/lib/webhook-client.ts';
import { allow, allowAsync, type Target, textOf } from '../lib/target.ts';

const admission = (response: object) => JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });

/** What others answer that the server asks: webhooks, aggregated servers, programs that give credentials. Each input is read as every one of them. */
export const target: Target = {
  samples: () => [
    admission({ uid: 'u', allowed: true, patchType: 'JSONPatch', patch: btoa('[]'), warnings: ['w'], auditAnnotations: { a: 'b' } }),
    admission({ uid: 'u', allowed: false, status: { code: 418, message: 'm', reason: 'r', details: { causes: [] } } }),
    JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'm', code: 500 }),
    JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      status: { authenticated: true, user: { username: 'a', uid: 'b', groups: ['c'], extra: { d: ['e'] } }, audiences: ['api'] },
    }),
    JSON.stringify({
      resources: [
        { name: 'a', singularName: '', namespaced: true, kind: 'A', verbs: ['get'], shortNames: ['x'] },
        { name: 'a/status', namespaced: true, kind: 'A', verbs: ['update'] },
      ],
    }),
    JSON.stringify({
      paths: { '/apis/x/v1/': { get: { parameters: [{ $ref: '#/parameters/p' }] } } },
      definitions: { a: { $ref: '#/definitions/a' } },
      parameters: { p: { schema: { $ref: '#/definitions/a' } } },
    }),
    JSON.stringify({
      kind: 'ExecCredential',
      apiVersion: 'v',
      status: { token: 't', expirationTimestamp: '2026-01-02T03:04:05Z', clientCertificateData: 'c', clientKeyData: 'k' },
    }),
  ],
  words: ['null', '[]', '{}', '""', ':', ',', '"status"', '"response"', '"user"', '"$ref"', '"__proto__"', '1', 'true'],
  async check(input) {
    const text = textOf(input);
    allow(() => readCredentials(text, 'v'), Error);
    allow(() => parsed(500, text), Error);
    const json = allow(() => parsed(200, text), Error);
    for (const version of ['v1', 'v1beta1'])
      for (const isMutating of [true, false]) allow(() => readReview(json, version, 'u', isMutating), Error, UnreadableReview);
    const authenticate = createWebhookTokenAuthenticator({ review: async () => json }, 'v1', ['api']);
    await allowAsync(() => authenticate('t', ['api']), Error);
    allow(() => resourcesOf(json), Error);
    sectionUnder(json, '/apis/x');
  },
};
