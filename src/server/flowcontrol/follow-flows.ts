import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Clock } from '../../base/clock.ts';
import { FlowSchema } from '../../kinds/flowcontrol/flow-schema.ts';
import { PriorityLevelConfiguration } from '../../kinds/flowcontrol/priority-level-configuration.ts';
import { follow, type Follower, type FollowOptions } from '../authz/follow.ts';
import type { ServerMetrics } from '../metrics.ts';
import type { Resources } from '../types.ts';
import type { WatchCache } from '../watch-cache.ts';
import { FlowControl } from './flow-control.ts';
import type { InFlightLimits } from './in-flight.ts';
import { collectFlowControl, flowObserver } from './metrics.ts';

/** Flow control over what the watch cache knows of kinds; the limits together are the server's seats. */
export function createFlowControl(limits: InFlightLimits, clock: Clock, cache: WatchCache, { metrics }: ServerMetrics): FlowControl {
  const seats = limits.readingMax + limits.changingMax;
  if (seats <= 0)
    throw new Error(
      'invalid configuration: MaxRequestsInFlight=0 and MaxMutatingRequestsInFlight=0; they must add up to something positive',
    );
  const flow = new FlowControl({
    clock,
    seats,
    statsOf(group, resource) {
      const kind = cache.known(`/${group || 'core'}/${resource}/`);
      return kind && { count: kind.size, bytes: kind.bytes, watchersOf: (namespace, name) => kind.watchersOf(namespace, name) };
    },
    observer: flowObserver(metrics, clock, limits),
  });
  collectFlowControl(metrics, flow);
  return flow;
}
/** Keeps flow control as its objects say. Resolves when they are known. */
export async function followFlows(
  flow: FlowControl,
  kinds: readonly AnyKind[],
  resources: Resources,
  options: FollowOptions,
): Promise<void> {
  if (!kinds.includes(FlowSchema)) return;
  const levels = follow(
    resources,
    PriorityLevelConfiguration,
    collecting<PriorityLevelConfiguration>((all) => flow.configureLevels(all)),
    options,
  );
  const schemas = follow(
    resources,
    FlowSchema,
    collecting<FlowSchema>((all) => flow.configureSchemas(all)),
    options,
  );
  await Promise.all([levels, schemas]);
}
/** Hands over all objects of a kind whenever one changes. */
function collecting<T extends ApiObject>(changed: (all: readonly T[]) => void): Follower {
  const known = new Map<string, T>();
  const tell = () => changed([...known.values()]);
  return {
    reset(objects) {
      known.clear();
      for (const object of objects) known.set(object.metadata.name, object as T);
      tell();
    },
    put(object) {
      known.set(object.metadata.name, object as T);
      tell();
    },
    remove(object) {
      known.delete(object.metadata.name);
      tell();
    },
  };
}
