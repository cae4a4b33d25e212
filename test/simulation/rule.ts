import type { Call } from '../../src/client/call.ts';
import type { SimulatedNode } from '../../src/testing/simulated-cluster.ts';
import type { Change, History } from './history.ts';

/** A call that was under way when something changed. */
export interface Caller {
  readonly user: string;
  readonly call: Call;
}
/** What rules may look at. */
export interface Judged {
  readonly history: History;
  readonly nodes: readonly SimulatedNode[];
  /** Calls about this object that were under way at the moment of the change: who may have made it. */
  callers(change: Change): readonly Caller[];
  /** When a call of this user last failed in a way that leaves open whether it was carried out. */
  unsureMs(user: string): number;
}
/** Something that must be true whatever happens. A text tells how it was broken. */
export interface Rule {
  /** At every change of any object. */
  readonly onChange?: (change: Change, judged: Judged) => string | undefined;
  /** Once all has come to rest. */
  readonly atEnd?: (judged: Judged) => string | undefined;
}
/** One per file of `rules/`; each run makes its own. */
export type RuleMaker = () => Rule;

export const controllerUser = (name: string): string => `system:serviceaccount:kube-system:${name}`;
/** The ways of a count that may be a share of a whole: '25%'. */
export function scaled(value: number | string | undefined, whole: number, up: boolean): number {
  if (typeof value !== 'string') return value ?? 0;
  const share = (Number.parseInt(value, 10) / 100) * whole;
  return up ? Math.ceil(share) : Math.floor(share);
}
