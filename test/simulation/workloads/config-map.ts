import { isAlreadyExists, StatusError } from '../../../src/api/status.ts';
import { ConfigMap } from '../../../src/kinds/core/config-map.ts';
import { defineWorkload, type Act, type Place } from '../workload.ts';

/** Counts are of what the user was told: increments that were acknowledged, and those of which nobody knows. */
interface Wanted {
  acknowledged: number;
  unknown: number;
}
const writersAtOnce = 2;

async function increment(user: Parameters<Act>[0], key: { namespace: string; name: string }, state: Wanted): Promise<void> {
  for (;;) {
    try {
      const current = await user.insist(() => user.client.get(ConfigMap, key));
      await user.client.update(ConfigMap, { ...current, data: { count: String(Number(current.data?.count ?? 0) + 1) } });
      state.acknowledged++;
      return;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (error.code >= 500) {
        state.unknown++;
        return;
      }
      if (error.code !== 409 && error.code !== 429) throw error;
      await user.clock.sleep(500);
    }
  }
}

const ask = (state: Wanted, { namespace, name }: Place, times: number): Act => {
  const key = { namespace, name };
  return async (user) => {
    await user.insist(() =>
      user.client.create(ConfigMap, { metadata: key, data: { count: '0' } }).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
      }),
    );
    await Promise.all(
      Array.from({ length: writersAtOnce }, async () => {
        for (let time = 0; time < times; time++) await increment(user, key, state);
      }),
    );
  };
};

/** A counter that several users raise at once, each from what they read: no acknowledged increment may be lost. */
export const configMap = defineWorkload<Wanted>({
  name: 'config-map',
  begin(place) {
    const state: Wanted = { acknowledged: 0, unknown: 0 };
    return { state, act: ask(state, place, 1) };
  },
  step: (state, place, random) => ask(state, place, 1 + random.int(4)),
  unsettled({ acknowledged, unknown }, { namespace, name }, history) {
    const count = Number(history.get('core/configmaps', namespace, name)?.data.count ?? -1);
    return count >= acknowledged && count <= acknowledged + unknown
      ? undefined
      : `counted ${count}, acknowledged ${acknowledged}, unknown ${unknown}`;
  },
  summary: () => undefined,
});
