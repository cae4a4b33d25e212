import type { Random } from '../../src/base/random.ts';

/**
 * What both servers are asked, in order. Texts may hold `$NS`, the namespace that is the scenario's own, also good as the beginning of names
 * of cluster-scoped objects, `$IP`, an address of its own, and `<<label.path>>`, a value of the answer that the same server gave to the step with that label.
 */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
  /** It changes what others see: nothing else runs beside it. It cleans up after itself. */
  readonly alone?: true;
  /** Asked at the end, also of a scenario that broke off: what would change what others see. Nobody looks at the answers. */
  readonly after?: readonly Step[];
}

export interface Step {
  /** Later steps refer to its answer by this name; where several have it, to the last that was not refused. */
  readonly label?: string;
  readonly method: string;
  readonly path: string;
  /** The scenario ends here unless the step of that label was answered with an object. */
  readonly needs?: string;
  /** Names in lower case. Without `accept`: JSON. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** Asked again and again, at most some seconds, until a server gives this status: what servers learn of a little later. */
  readonly until?: number;
  /** HTTP/1.1, written as it is. */
  readonly plain?: true;
}

export type Format = 'json' | 'yaml' | 'protobuf';
/**
 * A value, written in `format`. Strings may be `<raw 1e999>`, written without quotes in JSON; a key may end in `<again>`, which is left out, so
 * that it stands there twice. `text` and `base64` are sent as they are.
 */
export type Body =
  | { readonly value: unknown; readonly format?: Format }
  | { readonly from: string; readonly edits: readonly Edit[]; readonly format?: Format }
  | { readonly text: string }
  | { readonly base64: string };
/** Sets what stands at the path of an object that a server answered; undefined removes it. */
export interface Edit {
  readonly path: readonly (string | number)[];
  readonly value?: unknown;
}

/** Where requests come from. */
export interface Source {
  readonly name: string;
  /** Absent: there are as many as seeds. */
  readonly count?: number;
  /** Of a finite source, the seed is the number of the scenario. The same seed gives the same scenario. */
  scenario(seed: number): Scenario;
}

/** One of several. */
export const pick = <T>(random: Random, choices: readonly T[]): T => choices[random.int(choices.length)]!;
export const chance = (random: Random, share: number): boolean => random.next() < share;

/** Made before a scenario that asks for anything in namespaces. */
const namespace: Step = {
  method: 'POST',
  path: '/api/v1/namespaces',
  body: { value: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: '$NS', labels: { scenario: '$NS' } } } },
};
/** What pods need: no controller makes it here. */
const serviceAccount: Step = {
  method: 'POST',
  path: '/api/v1/namespaces/$NS/serviceaccounts',
  body: { value: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } } },
};
/** What a scenario finds there; only what one of its requests could see. */
export function preludeOf({ steps }: Scenario): readonly Step[] {
  const asks = (part: RegExp) => steps.some(({ path }) => part.test(path));
  if (!asks(/namespaces/i)) return [];
  return asks(/pods|serviceaccounts/i) ? [namespace, serviceAccount] : [namespace];
}
