import type { AdmissionPlugin } from '../types.ts';

/** Lets everything pass; upstream keeps it for old command lines. */
export const alwaysAdmit: AdmissionPlugin = { name: 'AlwaysAdmit' };
