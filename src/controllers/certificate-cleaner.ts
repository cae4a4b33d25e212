import { isNotFound } from '../api/status.ts';
import { defineController } from '../client/controller.ts';
import { CertificateSigningRequest } from '../kinds/certificates/certificate-signing-request.ts';
import { isStale } from './lib/certificate-state.ts';

const periodMs = 3_600_000;

/** Removes requests for certificates that nobody needs any more. */
export const certificateCleaner = defineController({
  name: 'certificatesigningrequest-cleaner-controller',
  account: 'certificate-controller',
  reads: [CertificateSigningRequest],
  can: [{ groups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'], verbs: ['delete', 'list', 'watch'] }],
  async background({ cache, client, clock, log, signal }) {
    while (!signal.aborted) {
      for (const request of cache(CertificateSigningRequest).list()) {
        if (!isStale(request, clock.now())) continue;
        await client.delete(CertificateSigningRequest, request.metadata).catch((error: unknown) => {
          if (!isNotFound(error)) log.warn('a request for a certificate could not be removed', { name: request.metadata.name, error });
        });
      }
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  },
});
