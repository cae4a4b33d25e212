import { parseRequest, requestText } from '../../kinds/certificates/lib/request.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { refuse } from './lib/refuse.ts';
import { isSigningRequest } from './lib/signers.ts';

const signer = 'kubernetes.io/kube-apiserver-client';

function organizationsOf(context: AdmissionContext): readonly string[] {
  try {
    return parseRequest(requestText(context.object.spec.request)).organizations;
  } catch (error) {
    throw refuse(context, `failed to parse CSR: ${(error as Error).message}`);
  }
}

/** Nobody gets a certificate as a member of system:masters. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(context) {
    if (!isSigningRequest(context) || context.subresource !== '' || context.operation !== 'CREATE') return;
    if (context.object.spec.signerName !== signer || !organizationsOf(context).includes('system:masters')) return;
    throw refuse(context, `use of ${signer} signer with system:masters group is not allowed`);
  },
};
