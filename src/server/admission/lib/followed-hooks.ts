import { follow } from '../../authz/follow.ts';
import type { DynamicOptions } from './dynamic-options.ts';
import { HookIndex } from './hook-index.ts';

export interface FollowedHooks {
  readonly index: HookIndex;
  /** Until then nothing is known, and nobody may pass. */
  readonly ready: Promise<void>;
  readonly isReady: boolean;
}

/** The webhooks of a kind of configurations, kept up to date. */
export function followedHooks(kind: string, options: DynamicOptions): FollowedHooks {
  const { kinds } = options.resources;
  const index = new HookIndex(kinds);
  const followed = kinds.byKind('admissionregistration.k8s.io', kind);
  const ready = followed === undefined ? Promise.resolve() : follow(options.resources, followed, index, options);
  const state = { index, ready, isReady: false };
  void ready.then(() => {
    state.isReady = true;
  });
  return state;
}
