import { type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Leases. */
export const coordination: Descriptions = inPackage('io.k8s.api.coordination.v1', {
  Lease: {
    '': 'Something only one may hold at a time: leadership among replicas, or the heartbeat of a node.',
    spec: 'Who holds it, and until when.',
  },
  LeaseSpec: {
    '': 'A holder that does not renew in time may be replaced by another.',
    acquireTime: 'When the present holder got it.',
    holderIdentity: 'Who holds it; empty when nobody does.',
    leaseDurationSeconds: 'Seconds after renewTime when others may take it.',
    leaseTransitions: 'How often it has changed hands.',
    preferredHolder: 'Who should hold it; the present holder is to give it up. Needs strategy.',
    renewTime: 'When the holder last renewed it.',
    strategy: 'How the holder is chosen when the control plane chooses, such as OldestEmulationVersion. Default: candidates race.',
  },
});
