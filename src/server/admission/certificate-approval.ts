import { goQuote } from '../../api/go-text.ts';
import type { AdmissionPlugin } from '../types.ts';
import { refuse } from './lib/refuse.ts';
import { isSigningRequest, mayUseSigner } from './lib/signers.ts';

/** Who decides on a request must be allowed to decide for its signer. */
export const certificateApproval: AdmissionPlugin = {
  name: 'CertificateApproval',
  async validate(context) {
    if (!isSigningRequest(context) || context.subresource !== 'approval' || context.operation !== 'UPDATE') return;
    const { signerName } = (context.old as any).spec;
    if (await mayUseSigner(context, 'approve', signerName)) return;
    throw refuse(context, `user not permitted to approve requests with signerName ${goQuote(signerName)}`);
  },
};
