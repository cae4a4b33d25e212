import { parseTime } from '../../api/gotime.ts';
import type { Key } from '../../api/meta.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import type { Secret } from '../../kinds/core/secret.ts';
import type { ServiceAccount } from '../../kinds/core/service-account.ts';
import { type PodLike, podReferences } from '../../kinds/core/lib/pod-references.ts';

export const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since';
const lastUsedLabel = 'kubernetes.io/legacy-token-last-used';
const dayMs = 86_400_000;
const unusedMs = 365 * dayMs;

const dayOf = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 10);
function isDay(text: string | undefined): text is string {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const timeMs = Date.parse(text);
  return !Number.isNaN(timeMs) && dayOf(timeMs) === text;
}

export interface TokenWorld {
  readonly secrets: readonly Secret[];
  accountOf(key: Key): ServiceAccount | undefined;
  podsOf(namespace: string): readonly Pod[];
  /** The day since which uses are noted. */
  readonly trackedSince: string | undefined;
  readonly nowMs: number;
}

/** True for tokens that were made by themselves for an account: it lists them. */
function isAutomatic({ metadata }: Secret, { accountOf }: TokenWorld): boolean {
  const { 'kubernetes.io/service-account.name': name, 'kubernetes.io/service-account.uid': uid } = metadata.annotations ?? {};
  const account = name ? accountOf({ namespace: metadata.namespace, name }) : undefined;
  if (account === undefined || (uid && uid !== account.metadata.uid)) return false;
  return account.secrets?.some((secret) => secret.name === metadata.name) === true;
}

/** Secrets to mark as invalid from today on, and those to remove. Throws Error when uses are not noted yet. */
export function staleTokens(world: TokenWorld): {
  readonly toMark: readonly Secret[];
  readonly toRemove: readonly Secret[];
  readonly today: string;
} {
  const { secrets, trackedSince, nowMs } = world;
  const today = dayOf(nowMs);
  if (!isDay(trackedSince)) throw new Error(`error parsing trackedSince time: ${trackedSince}`);
  const [toMark, toRemove]: [Secret[], Secret[]] = [[], []];
  if (nowMs < Date.parse(trackedSince) + dayMs + unusedMs) return { toMark, toRemove, today };
  const oldest = dayOf(nowMs - unusedMs);
  const isMounted = ({ metadata: { namespace = '', name } }: Secret): boolean =>
    world.podsOf(namespace).some((pod) => podReferences(pod as unknown as PodLike).includes(`secrets/${namespace}/${name}`));
  for (const secret of secrets) {
    const { creationTimestamp, deletionTimestamp, labels = {} } = secret.metadata;
    if (secret.type !== 'kubernetes.io/service-account-token' || deletionTimestamp !== undefined) continue;
    if ((parseTime(creationTimestamp) ?? nowMs) >= nowMs - unusedMs) continue;
    const lastUsed = labels[lastUsedLabel];
    if (lastUsed !== undefined && (!isDay(lastUsed) || lastUsed >= oldest)) continue;
    if (!isAutomatic(secret, world) || isMounted(secret)) continue;
    const invalidSince = labels[invalidSinceLabel];
    if (!isDay(invalidSince)) toMark.push(secret);
    else if (invalidSince < oldest) toRemove.push(secret);
  }
  return { toMark, toRemove, today };
}
