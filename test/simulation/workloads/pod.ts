import { isAlreadyExists } from '../../../src/api/status.ts';
import { Pod } from '../../../src/kinds/core/pod.ts';
import { defineWorkload, type Act, type Place, pick } from '../workload.ts';

interface Wanted {
  round: number;
  exists: boolean;
  restartPolicy: 'Never' | 'OnFailure' | 'Always';
  exitCode: number;
  afterSeconds: number;
}

const ask = (state: Wanted, { namespace, name }: Place): Act => {
  const { round, exists, restartPolicy, exitCode, afterSeconds } = state;
  return async (user) => {
    const key = { namespace, name: `${name}-${round}` };
    if (!exists) return await user.remove(Pod, key, round % 3 === 0 ? { gracePeriodSeconds: 0 } : {});
    const annotations = { 'skiff.dev/fake-exit-after': String(afterSeconds), 'skiff.dev/fake-exit-code': String(exitCode) };
    await user.insist(() =>
      user.client
        .create(Pod, {
          metadata: { ...key, annotations, labels: { single: name } },
          spec: {
            restartPolicy,
            terminationGracePeriodSeconds: 20,
            initContainers: [{ name: 'before', image: 'init:1' }],
            containers: [
              { name: 'main', image: 'job:1' },
              { name: 'side', image: 'job:2' },
            ],
          } as never,
        })
        .catch((error: unknown) => {
          if (!isAlreadyExists(error)) throw error;
        }),
    );
  };
};

/** Pods without a controller, which end by themselves or are deleted. One that its node took with it stays away. */
export const pod = defineWorkload<Wanted>({
  name: 'pod',
  begin(place, random) {
    const state: Wanted = {
      round: 0,
      exists: true,
      restartPolicy: pick(random, ['Never', 'OnFailure', 'Always']),
      exitCode: random.int(2),
      afterSeconds: 3 + random.int(60),
    };
    return { state, act: ask(state, place) };
  },
  step(wanted, place, random) {
    if (wanted.exists) wanted.exists = false;
    else {
      const restartPolicy = pick(random, ['Never', 'OnFailure', 'Always'] as const);
      Object.assign(wanted, {
        exists: true,
        round: wanted.round + 1,
        restartPolicy,
        exitCode: random.int(2),
        afterSeconds: 3 + random.int(60),
      });
    }
    return ask(wanted, place);
  },
  /** A pod that restarts for ever never comes to rest. */
  finish(wanted, place) {
    wanted.exists = false;
    return ask(wanted, place);
  },
  unsettled(_, { namespace, name }, history) {
    const left = history.list('core/pods', namespace).filter(({ metadata }) => metadata.labels?.single === name);
    return left.length > 0 ? `${left.map(({ metadata }) => metadata.name)} is still there` : undefined;
  },
  summary: (wanted) => wanted.round,
});
