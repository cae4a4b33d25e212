import { formatTime } from '../api/gotime.ts';
import type { ApiObject } from '../api/meta.ts';
import { isConflict, isNotFound } from '../api/status.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { Lease } from '../kinds/coordination/lease.ts';
import { Node } from '../kinds/core/node.ts';
import { Pod } from '../kinds/core/pod.ts';
import { forAll } from './lib/batches.ts';
import { readyCondition } from '../kinds/core/lib/node-conditions.ts';
import { type Health, isSilent, observe, unknownConditions, zoneOf } from './lib/node-health.ts';
import { hasTaint, notReadyTaint, swapTaints, unreachableTaint, wantedTaints, writeTaints } from './lib/node-taints.ts';
import { isPodReady } from './lib/pods.ts';
import { podsOnNode } from './lib/pods-on-nodes.ts';
import { timeMs } from './lib/times.ts';
import { ZoneBrake, type ZoneCount } from './lib/zone-brake.ts';

const periodMs = 5_000;
const retryMs = 50;
const nodesAtOnce = 8;
const podsAtOnce = 8;
const leaseNamespace = 'kube-node-lease';
const excludedLabel = 'node.kubernetes.io/exclude-disruption';

const noExecute = (key: string) => ({ key, effect: 'NoExecute' });
const both = [noExecute(notReadyTaint), noExecute(unreachableTaint)];
/** Events about nodes name the node by itself, whatever version of it was seen. */
const aboutNode = ({ metadata: { name, uid } }: Node): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid, resourceVersion: '', creationTimestamp: '' },
});

class Monitor {
  readonly #context: ControllerContext;
  readonly #known = new Map<string, Node>();
  readonly #health = new Map<string, Health>();
  readonly #brake = new ZoneBrake();
  /** Nodes whose pods are still to be marked as not ready. */
  readonly #unmarked = new Set<string>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }
  async run(): Promise<void> {
    const { clock, signal, log } = this.#context;
    let lookedMs = clock.monotonic();
    while (!signal.aborted) {
      // Who was held up itself (a stopped process, a paused machine) has seen nothing in that time, and may conclude nothing from it.
      const lateMs = clock.monotonic() - lookedMs - periodMs;
      if (lateMs > periodMs) for (const health of this.#health.values()) health.seenMs += lateMs;
      lookedMs = clock.monotonic();
      await this.#look().catch((error: unknown) => log.warn('watching over nodes failed; trying again', { error }));
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const nodes = this.#context.cache(Node).list();
    this.#register(nodes);
    const counts = new Map<string, ZoneCount>();
    await forAll(nodes, nodesAtOnce, async (node) => {
      try {
        const current = await this.#check(node);
        if (current.metadata.labels?.[excludedLabel] !== undefined) return;
        const count = counts.get(zoneOf(node)) ?? { ready: 0, notReady: 0 };
        counts.set(zoneOf(node), count);
        if (readyCondition(current)?.status === 'True') count.ready++;
        else count.notReady++;
      } catch (error) {
        if (!isConflict(error) && !isNotFound(error)) throw error;
      }
    });
    await this.#restrain(counts, nodes);
    await this.#taintDue();
  }

  #register(nodes: readonly Node[]): void {
    const { events } = this.#context;
    const names = new Set(nodes.map(({ metadata }) => metadata.name));
    for (const node of nodes) {
      const { name } = node.metadata;
      if (!this.#known.has(name)) {
        events.event(aboutNode(node), 'Normal', 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
      }
      this.#known.set(name, node);
    }
    for (const [name, node] of this.#known) {
      if (names.has(name)) continue;
      events.event(aboutNode(node), 'Normal', 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
      this.#known.delete(name);
      this.#health.delete(name);
      this.#unmarked.delete(name);
      this.#brake.remove(name);
    }
  }

  /** Judges one node by its signs of life; gives its state after that. */
  async #check(node: Node): Promise<Node> {
    const { clock, client, events } = this.#context;
    const { name } = node.metadata;
    const nowMs = clock.monotonic();
    const lease = this.#context.cache(Lease).get({ namespace: leaseNamespace, name });
    const health = observe(this.#health.get(name), node, lease, nowMs, clock.now() - timeMs(node.metadata.creationTimestamp));
    this.#health.set(name, health);
    const before = readyCondition(node)?.status;
    let current = node;
    if (isSilent(health, node, nowMs)) {
      const conditions = unknownConditions(node, clock.now());
      if (conditions !== node.status.conditions) {
        current = await client.updateStatus(Node, { ...node, status: { ...node.status, conditions } });
      }
    }
    const after = readyCondition(current)?.status;
    if (after === undefined) return current;
    await this.#judge(current, after);
    if (after === 'True') this.#unmarked.delete(name);
    else if (before === 'True') {
      events.event(aboutNode(node), 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
      this.#unmarked.add(name);
    }
    if (this.#unmarked.has(name)) await this.#markPods(name);
    this.#unmarked.delete(name);
    return current;
  }

  async #judge(node: Node, ready: string): Promise<void> {
    const { clock } = this.#context;
    const nowMs = clock.now();
    const { name } = node.metadata;
    if (ready === 'True') {
      this.#brake.remove(name);
      await writeTaints(node, swapTaints(node, [], both, nowMs), this.#context);
      return;
    }
    const [key, opposite] = ready === 'False' ? [notReadyTaint, unreachableTaint] : [unreachableTaint, notReadyTaint];
    if (hasTaint(node, opposite, 'NoExecute')) {
      await writeTaints(node, swapTaints(node, [noExecute(key)], [noExecute(opposite)], nowMs), this.#context);
    } else if (!hasTaint(node, key, 'NoExecute')) this.#brake.add(zoneOf(node), name, clock.monotonic());
  }

  /** Pods of a node that does not answer are not ready for traffic. */
  async #markPods(node: string): Promise<void> {
    const { client, clock, events } = this.#context;
    await forAll(podsOnNode(node, this.#context).filter(isPodReady), podsAtOnce, async (pod) => {
      const lastTransitionTime = formatTime(clock.now());
      const conditions = (pod.status.conditions ?? []).map((each) =>
        each.type === 'Ready' ? { ...each, status: 'False', lastTransitionTime } : each,
      );
      try {
        await client.updateStatus(Pod, { ...pod, status: { ...pod.status, conditions } });
        events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
    });
  }

  async #restrain(counts: ReadonlyMap<string, ZoneCount>, nodes: readonly Node[]): Promise<void> {
    const { clock, log } = this.#context;
    const change = this.#brake.adjust(counts, clock.monotonic());
    if (change === 'stop') {
      log.warn('no node answers: evictions stop');
      for (const { metadata } of nodes) {
        this.#brake.remove(metadata.name);
        const node = this.#context.cache(Node).get(metadata);
        if (node !== undefined) await writeTaints(node, swapTaints(node, [], both, clock.now()), this.#context);
      }
    } else if (change === 'resume') {
      log.info('some nodes answer again: evictions resume');
      for (const health of this.#health.values()) health.seenMs = clock.monotonic();
    }
  }

  async #taintDue(): Promise<void> {
    const { clock } = this.#context;
    for (const name of this.#brake.take(clock.monotonic())) {
      const node = this.#context.cache(Node).get({ name });
      const ready = node && readyCondition(node)?.status;
      if (node === undefined || ready === undefined || ready === 'True') continue;
      const [key, opposite] = ready === 'False' ? [notReadyTaint, unreachableTaint] : [unreachableTaint, notReadyTaint];
      const taints = swapTaints(node, [noExecute(key)], [noExecute(opposite)], clock.now());
      if (!(await writeTaints(node, taints, this.#context))) this.#brake.add(zoneOf(node), name, clock.monotonic());
    }
  }
}

/**
 * Watches over nodes: what has not answered for a while becomes Unknown and tainted, so that nothing is placed on it and its
 * pods are evicted; conditions become NoSchedule taints. https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller
 */
export const nodeLifecycle = defineController<Node>({
  name: 'node-controller',
  for: Node,
  reads: [Lease, Pod],
  can: [
    { groups: [''], resources: ['nodes'], verbs: ['delete', 'get', 'list', 'patch', 'update', 'watch'] },
    { groups: [''], resources: ['nodes/status'], verbs: ['patch', 'update'] },
    { groups: [''], resources: ['pods'], verbs: ['delete', 'get', 'list', 'watch'] },
    { groups: [''], resources: ['pods/status'], verbs: ['patch', 'update'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const node = context.cache(Node).get(key);
    if (node === undefined) return;
    const written = await writeTaints(node, wantedTaints(node, context.clock.now()), context);
    return written ? undefined : { afterMs: retryMs };
  },
  background: (context) => new Monitor(context).run(),
});
