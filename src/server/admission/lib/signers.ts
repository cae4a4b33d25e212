import type { AdmissionContext } from '../../types.ts';

/** Whether the caller may do that with requests for a signer, or for all of the signer's domain (pkg/certauthorization). */
export async function mayUseSigner({ identity, deps }: AdmissionContext, verb: 'approve' | 'sign', signerName: string): Promise<boolean> {
  const domain = signerName.split('/', 1)[0]!;
  const wanted = {
    identity,
    verb,
    group: 'certificates.k8s.io',
    version: '*',
    resource: 'signers',
    subresource: '',
    namespace: '',
    path: '',
  };
  for (const name of [signerName, `${domain}/*`])
    if ((await deps.authorize({ ...wanted, name, isResource: true })).decision === 'allow') return true;
  return false;
}
export const isSigningRequest = ({ kind }: AdmissionContext): boolean =>
  kind.group === 'certificates.k8s.io' && kind.kind === 'CertificateSigningRequest';
