import type { AdmissionPlugin } from '../types.ts';
import { isCore, refuse } from './lib/refuse.ts';

/** Refuses new external IPs of services. Off by default. */
export const denyServiceExternalIps: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  validate(context) {
    if (!isCore(context, 'Service') || (context.operation !== 'CREATE' && context.operation !== 'UPDATE')) return;
    const old: readonly string[] = (context.old as any)?.spec?.externalIPs ?? [];
    const added = (context.object.spec?.externalIPs ?? []).filter((ip: string) => !old.includes(ip));
    if (added.length > 0) throw refuse(context, 'Use of external IPs is denied by admission control.');
  },
};
