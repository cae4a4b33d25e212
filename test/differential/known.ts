import type { Difference } from './compare.ts';
import type { Step } from './scenario.ts';

/** A difference that is meant to be, or that no client can rely on. */
export interface Known {
  readonly name: string;
  /** Why it is no fault of Skiff's; with the decision, where there is one. */
  readonly reason: string;
  readonly matches: (difference: Difference, step: Step) => boolean;
}

export const known: readonly Known[] = [
  {
    name: 'flow control headers',
    reason: 'API priority and fairness is not there yet',
    matches: ({ what }) => what.startsWith('header x-kubernetes-pf-'),
  },
  {
    name: 'descriptions of columns',
    reason: "sentences of Kubernetes' documentation are not copied: columns are described in words of our own, or not at all",
    matches: ({ what, where }) => what === 'body' && /(^|\.)columnDefinitions\[\]\.description$/.test(where),
  },
  {
    name: 'repeated causes',
    reason: 'upstream validates updates several times over and repeats what it found in details.causes; the message tells it once, as here',
    matches: ({ what }) => what === 'repeated causes',
  },
];

export const explain = (difference: Difference, step: Step): Known | undefined => known.find(({ matches }) => matches(difference, step));
