import { goQuote } from '../../api/go-text.ts';
import { sameOrEmpty } from '../../kinds/lib/fields.ts';
import type { AdmissionPlugin } from '../types.ts';
import { refuse } from './lib/refuse.ts';
import { isSigningRequest, mayUseSigner } from './lib/signers.ts';

/** Who gives a certificate, or says how a request fares, must be allowed to sign for its signer. */
export const certificateSigning: AdmissionPlugin = {
  name: 'CertificateSigning',
  async validate(context) {
    if (!isSigningRequest(context) || context.subresource !== 'status' || context.operation !== 'UPDATE') return;
    const { spec, status } = context.old as any;
    const now = context.object.status;
    if (now.certificate === status.certificate && sameOrEmpty(now.conditions, status.conditions)) return;
    if (await mayUseSigner(context, 'sign', spec.signerName)) return;
    throw refuse(context, `user not permitted to sign requests with signerName ${goQuote(spec.signerName)}`);
  },
};
