import { cidrWarnings } from '../../../api/ip.ts';
import type { NodeLike } from './node-defaults.ts';

/** pkg/registry/core/node nodeWarnings. */
export function* nodeWarnings({ spec }: NodeLike): Generator<string> {
  if (spec.configSource !== undefined) yield 'spec.configSource: the feature is removed';
  if (spec.externalID) yield 'spec.externalID: this field is deprecated, and is unused by Kubernetes';
  for (const [index, cidr] of (spec.podCIDRs ?? []).entries()) yield* cidrWarnings(`spec.podCIDRs[${index}]`, cidr);
}
