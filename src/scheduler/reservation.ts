import type { Profile } from './cycle.ts';
import type { Binding, CycleState, Plugin, Pod } from './framework.ts';

const failure = (point: string, { name }: Plugin, error: unknown) =>
  new Error(`running ${point} plugin "${name}": ${error instanceof Error ? error.message : String(error)}`, { cause: error });

/** Lets all plugins reserve, or none: throws when one cannot. Returns how to give it all back: at once, but for what has to be written. */
export function reserve(pod: Pod, nodeName: string, state: CycleState, { plugins }: Profile, binding: Binding): () => Promise<void> {
  const reserved: Plugin[] = [];
  const undo = async () => {
    await Promise.allSettled(reserved.toReversed().map((plugin) => plugin.unreserve?.(pod, nodeName, state, binding)));
  };
  for (const { plugin } of plugins) {
    if (plugin.reserve === undefined) continue;
    reserved.push(plugin);
    try {
      plugin.reserve(pod, nodeName, state);
    } catch (error) {
      void undo();
      throw failure('Reserve', plugin, error);
    }
  }
  return undo;
}

/** No node fits: lets plugins make room for the next try. */
export async function postFilter(pod: Pod, state: CycleState, { plugins }: Profile, binding: Binding): Promise<void> {
  for (const { plugin } of plugins) await plugin.postFilter?.(pod, state, binding);
}

/** Lets plugins do what must come before the binding. Throws when one fails. */
export async function preBind(pod: Pod, nodeName: string, state: CycleState, { plugins }: Profile, binding: Binding): Promise<void> {
  for (const { plugin } of plugins) {
    try {
      await plugin.preBind?.(pod, nodeName, state, binding);
    } catch (error) {
      throw failure('PreBind', plugin, error);
    }
  }
}
