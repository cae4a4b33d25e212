import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { refuse } from './lib/refuse.ts';

function deny(context: AdmissionContext): never {
  throw refuse(context, 'admission control is denying all modifications');
}

/** Lets nothing pass: for tests. */
export const alwaysDeny: AdmissionPlugin = { name: 'AlwaysDeny', mutate: deny, validate: deny };
