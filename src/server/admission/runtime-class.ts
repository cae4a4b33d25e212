import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { isCore, refuse } from './lib/refuse.ts';

async function classOf(context: AdmissionContext): Promise<any> {
  const name = context.object.spec.runtimeClassName;
  if (!name) return undefined;
  const kind = context.deps.resources.kinds.byKind('node.k8s.io', 'RuntimeClass');
  const found = kind === undefined ? undefined : await context.deps.resources.get(kind, { name });
  if (found === undefined) throw refuse(context, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  return found;
}

async function mutate(context: AdmissionContext): Promise<void> {
  if (!isCore(context, 'Pod') || context.operation !== 'CREATE') return;
  const found = await classOf(context);
  const spec = context.object.spec;
  const overhead = found?.overhead?.podFixed;
  if (overhead !== undefined) {
    if (spec.overhead !== undefined && JSON.stringify(spec.overhead) !== JSON.stringify(overhead))
      throw refuse(context, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    spec.overhead = { ...overhead };
  }
  for (const [key, value] of Object.entries(found?.scheduling?.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value)
      throw refuse(context, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`);
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  const tolerations: readonly any[] = found?.scheduling?.tolerations ?? [];
  if (tolerations.length > 0) {
    const texts = new Set((spec.tolerations ?? []).map((toleration: object) => JSON.stringify(toleration)));
    const added = tolerations.filter((toleration) => !texts.has(JSON.stringify(toleration)));
    spec.tolerations = [...(spec.tolerations ?? []), ...added.map((toleration) => ({ ...toleration }))];
  }
}

function validate(context: AdmissionContext): void {
  if (!isCore(context, 'Pod') || context.operation !== 'CREATE') return;
  const { overhead, runtimeClassName } = context.object.spec;
  if (overhead !== undefined && Object.keys(overhead).length > 0 && !runtimeClassName)
    throw refuse(context, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
}

/** Gives a pod the overhead and scheduling rules of its runtime class, which must exist. */
export const runtimeClass: AdmissionPlugin = { name: 'RuntimeClass', mutate, validate };
