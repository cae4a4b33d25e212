import { formatTime } from '../api/gotime.ts';
import { defineController } from '../client/controller.ts';
import { CertificateSigningRequest } from '../kinds/certificates/certificate-signing-request.ts';
import { parseRequest, requestText } from '../kinds/certificates/lib/request.ts';
import { isForSigner } from './lib/certificate-state.ts';
import { signerRules } from './lib/signer-rules.ts';

const longestMs = 365 * 86_400_000;
const shortestMs = 10 * 60_000;

const lifetimeMs = (seconds: number | undefined) =>
  seconds === undefined ? longestMs : Math.min(Math.max(seconds * 1000, shortestMs), longestMs);

/** Gives approved requests to the cluster's own signers their certificates. */
export const certificateSigning = defineController({
  name: 'certificatesigningrequest-signing-controller',
  account: 'certificate-controller',
  for: CertificateSigningRequest,
  can: [
    { groups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'], verbs: ['get', 'list', 'watch'] },
    { groups: ['certificates.k8s.io'], resources: ['certificatesigningrequests/status'], verbs: ['update'] },
  ],
  async reconcile({ name }, { cache, client, clock, cluster }) {
    const request = cache(CertificateSigningRequest).get({ name });
    if (request === undefined || request.status.certificate || cluster.sign === undefined) return;
    const { signerName, usages = [], expirationSeconds, request: encoded } = request.spec;
    const rule = Object.hasOwn(signerRules, signerName) ? signerRules[signerName] : undefined;
    if (rule === undefined || !isForSigner(request)) return;
    const pem = requestText(encoded);
    const { status } = request;
    const message = rule(parseRequest(pem), usages);
    if (message === undefined) {
      const certificate = await cluster.sign({ pem, usages, ttlMs: lifetimeMs(expirationSeconds) });
      await client.updateStatus(CertificateSigningRequest, { ...request, status: { ...status, certificate: btoa(certificate) } });
      return;
    }
    const time = formatTime(clock.now());
    const failed = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message, lastUpdateTime: time };
    const conditions = [...(status.conditions ?? []), failed];
    await client.updateStatus(CertificateSigningRequest, { ...request, status: { ...status, conditions } });
  },
});
