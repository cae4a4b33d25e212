import { parseTime } from '../../api/gotime.ts';
import { decodePem } from '../../base/pem.ts';
import type { CertificateSigningRequest } from '../../kinds/certificates/certificate-signing-request.ts';
import { certificateEndMs } from '../../kinds/certificates/lib/certificate.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

type Request = CertificateSigningRequest;
const has = ({ status }: Request, wanted: string) => (status.conditions ?? []).some(({ type }) => type === wanted);
export const isDecided = (request: Request): boolean => has(request, 'Approved') || has(request, 'Denied');
/** True for what a signer should look at: approved, and no attempt to sign it has failed. */
export const isForSigner = (request: Request): boolean =>
  has(request, 'Approved') &&
  !has(request, 'Denied') &&
  !(request.status.conditions ?? []).some(({ type, status }) => type === 'Failed' && (!status || status === 'True'));

function endMs(certificate: string): number | undefined {
  const block = decodePem(atob(certificate));
  try {
    return block && certificateEndMs(block.bytes);
  } catch {
    return undefined;
  }
}

/**
 * True when nobody needs a request any more: an hour after it was served, denied or failed, a day after it was made or approved and
 * nothing came of it, and when its certificate has run out (pkg/controller/certificates/cleaner).
 */
export function isStale({ metadata, status }: Request, nowMs: number): boolean {
  const { conditions = [], certificate } = status;
  const isOlder = (time: string | null | undefined, ms: number) => !!time && nowMs - (parseTime(time) ?? nowMs) > ms;
  if (conditions.length === 0) return isOlder(metadata.creationTimestamp, dayMs);
  return conditions.some(({ type, lastUpdateTime }) => {
    if (type === 'Denied' || type === 'Failed') return isOlder(lastUpdateTime, hourMs);
    if (type !== 'Approved') return false;
    if (!certificate) return isOlder(lastUpdateTime, dayMs);
    const end = endMs(certificate);
    return isOlder(lastUpdateTime, hourMs) || (end !== undefined && nowMs > end);
  });
}
