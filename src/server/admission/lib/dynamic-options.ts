import type { FollowOptions } from '../../authz/follow.ts';
import type { CallDeps } from '../../lib/webhook-client.ts';
import type { AdmissionMetrics } from './metrics.ts';

/** What plugins need that read their rules from the API and ask others. */
export interface DynamicOptions extends CallDeps, FollowOptions {
  readonly observed: AdmissionMetrics;
}
