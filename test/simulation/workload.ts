import type { AnyKind, Input, Kind } from '../../src/api/kind.ts';
import { apiVersionOf } from '../../src/api/kind.ts';
import type { ApiObject, Key } from '../../src/api/meta.ts';
import { isAlreadyExists, isNotFound, StatusError } from '../../src/api/status.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import type { Client, RequestOptions } from '../../src/client/client.ts';
import type { History } from './history.ts';

/** Where a workload is, and what it is called. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
  /** Names of the nodes. */
  readonly nodes: readonly string[];
}
/** Asks the cluster for something. Must come to the same when it is done twice. */
export type Act = (user: User) => Promise<void>;

/**
 * Something that users run, one kind of it per file of `workloads/`. What it wants and what it does next follow from its seed
 * alone, never from the cluster's state: so a run without faults takes the same steps, and must end in the same state.
 */
export interface Workload<State = any> {
  readonly name: string;
  /** What it wants at first, and how that is asked for. */
  readonly begin: (place: Place, random: Random) => { readonly state: State; readonly act: Act };
  /** Changes what it wants, drawing from `random`. */
  readonly step: (state: State, place: Place, random: Random) => Act;
  /** Leaves what cannot be judged, such as a rollout that is paused. */
  readonly finish?: (state: State, place: Place) => Act;
  /** What is not as wanted yet; undefined when all is. */
  readonly unsettled: (state: State, place: Place, history: History) => string | undefined;
  /** What of the end state must be the same with and without faults. */
  readonly summary: (state: State, place: Place, history: History) => unknown;
}
export const defineWorkload = <State>(workload: Workload<State>): Workload<State> => workload;

const retryMs = 2_000;
const longestRetryMs = 20_000;
/** Errors after which the same may be tried again: somebody was faster, or the server is not well. */
const passes = (error: unknown) =>
  error instanceof StatusError && (error.code >= 500 || error.code === 429 || (error.code === 409 && !isAlreadyExists(error)));

/** A user who does not give up. */
export class User {
  readonly client: Client;
  readonly clock: Clock;

  constructor(client: Client, clock: Clock) {
    this.client = client;
    this.clock = clock;
  }
  /** Tries until it works. Throws what would not pass by waiting. */
  async insist<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (!passes(error)) throw error;
        await this.clock.sleep(retryMs);
      }
    }
  }
  /** Server-side apply; waits for an object of that name that is on its way out, and for a namespace that is not there yet. */
  async apply<T extends ApiObject>(kind: Kind<T>, object: Input<T> & { readonly metadata: object }): Promise<void> {
    const { name = '', namespace } = object.metadata as Partial<Key>;
    const body = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object };
    for (let waitMs = retryMs; ; waitMs = Math.min(2 * waitMs, longestRetryMs)) {
      const applied = await this.insist(() =>
        this.client.patch(kind, { name, namespace }, 'apply', body, { fieldManager: 'user', force: true }).catch((error: unknown) => {
          const ending =
            error instanceof StatusError && (error.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating');
          if (isNotFound(error) || ending) return undefined;
          throw error;
        }),
      );
      if (applied !== undefined && applied.metadata.deletionTimestamp === undefined) return;
      await this.clock.sleep(waitMs);
    }
  }
  /** Deletes; that it is gone already is as good. */
  async remove(kind: AnyKind, key: Key, options: RequestOptions = {}): Promise<void> {
    await this.insist(() =>
      this.client.delete(kind, key, options).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      }),
    );
  }
}

/** One of several, by the seed. */
export const pick = <T>(random: Random, choices: readonly T[]): T => choices[random.int(choices.length)]!;

export const isReady = (pod: any): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod.status?.conditions ?? []).some(({ type, status }: any) => type === 'Ready' && status === 'True');
export const controllerOf = (object: any): any => object.metadata.ownerReferences?.find((reference: any) => reference.controller === true);
