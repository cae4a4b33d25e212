import type { Profile } from './cycle.ts';
import type { Binding, CycleState, Misfit, Plugin, Pod, Remedy } from './framework.ts';

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

/** No node fits: what plugins do about it, together. */
export async function postFilter(pod: Pod, misfit: Misfit, state: CycleState, { plugins }: Profile, binding: Binding): Promise<Remedy> {
  const messages: string[] = [];
  const acts: (() => Promise<void>)[] = [];
  let nominatedNodeName: string | undefined;
  for (const { plugin } of plugins) {
    const remedy = await plugin.postFilter?.(pod, misfit, state, binding);
    if (remedy === undefined) continue;
    if (remedy.message !== undefined) messages.push(remedy.message);
    if (remedy.act !== undefined) acts.push(remedy.act);
    nominatedNodeName = remedy.nominatedNodeName ?? nominatedNodeName;
    // Room is being made: earlier plugins' reasons are of no use
    if ((nominatedNodeName ?? '') !== '') messages.length = 0;
    if (remedy.isLast === true) break;
  }
  return {
    ...(messages.length === 0 ? {} : { message: messages.join(', ') }),
    ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
    ...(acts.length === 0 ? {} : { act: async () => void (await Promise.all(acts.map((act) => act()))) }),
  };
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
