import type { LimitRangeItem } from '../../kinds/core/shapes/limit-range.ts';
import { limitProblems } from './lib/limits.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { isCore, refuse } from './lib/refuse.ts';

const annotation = 'kubernetes.io/limit-ranger';

function concerns(context: AdmissionContext): boolean {
  const { operation } = context;
  if ((context.old as any)?.metadata?.deletionTimestamp !== undefined) return false;
  if (isCore(context, 'Pod', 'resize')) return operation === 'UPDATE';
  if (isCore(context, 'Pod')) return operation === 'CREATE';
  return isCore(context, 'PersistentVolumeClaim') && (operation === 'CREATE' || operation === 'UPDATE');
}
async function rangesOf({ deps: { resources }, namespace }: AdmissionContext): Promise<readonly (readonly LimitRangeItem[])[]> {
  const kind = resources.kinds.byKind('', 'LimitRange');
  const ranges: readonly any[] = kind === undefined ? [] : await resources.list(kind, namespace);
  return ranges.map((range) => range.spec.limits ?? []);
}

/** Fills in what a container does not say; gives a note of it. */
function fill(container: any, which: 'requests' | 'limits', defaults: Readonly<Record<string, string>>, what: string): string | undefined {
  const present = container.resources?.[which] ?? {};
  const missing = Object.keys(defaults)
    .filter((name) => present[name] === undefined)
    .sort();
  if (missing.length === 0) return undefined;
  const added = Object.fromEntries(missing.map((name) => [name, defaults[name]!]));
  container.resources = { ...container.resources, [which]: { ...present, ...added } };
  return `${missing.join(', ')} ${which.slice(0, -1)} for ${what} ${container.name}`;
}
function applyDefaults(pod: any, items: readonly LimitRangeItem[]): void {
  const ofContainers = items.filter(({ type }) => type === 'Container');
  const requests = Object.assign({}, ...ofContainers.map((item) => item.defaultRequest));
  const limits = Object.assign({}, ...ofContainers.map((item) => item.default));
  const groups = [
    ['container', pod.spec.containers ?? []],
    ['init container', pod.spec.initContainers ?? []],
  ] as const;
  const notes = groups
    .flatMap(([what, containers]) =>
      containers.flatMap((container: any) => [fill(container, 'requests', requests, what), fill(container, 'limits', limits, what)]),
    )
    .filter((note) => note !== undefined);
  if (notes.length > 0)
    pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${notes.join('; ')}` };
}

/** Holds pods and claims to the limits of their namespace, and gives containers its defaults. */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  async mutate(context) {
    if (context.kind.kind !== 'Pod' || !concerns(context)) return;
    for (const items of await rangesOf(context)) applyDefaults(context.object, items);
  },
  async validate(context) {
    if (!concerns(context)) return;
    for (const items of await rangesOf(context)) {
      const problems = limitProblems(items, context.kind.kind, context.object);
      if (problems.length > 0) throw refuse(context, problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`);
    }
  },
};
