import { parseJson } from '../../api/json.ts';
import { list, object, opt, shape } from '../../api/schema.ts';
import { notFound, unknownError } from '../../api/status.ts';
import { sameJson } from '../../base/equal.ts';
import { podQos } from '../../kinds/core/lib/pod-qos.ts';
import { type Toleration, toleration } from '../../kinds/core/shapes/tolerations.ts';
import { readConfiguration } from '../lib/configuration.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { isCore } from './lib/refuse.ts';

const type = {
  kind: 'Configuration',
  apiVersions: ['podtolerationrestriction.admission.k8s.io/v1alpha1'],
  shape: shape('Configuration', { default: opt(list(1, object(0, toleration))), whitelist: opt(list(2, object(0, toleration))) }),
};
const annotations = {
  default: 'scheduler.alpha.kubernetes.io/defaultTolerations',
  whitelist: 'scheduler.alpha.kubernetes.io/tolerationsWhitelist',
} as const;
const memoryPressure: Toleration = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' };

/** Whether `wide` tolerates everything that `narrow` does. */
export function isSuperset(wide: Toleration, narrow: Toleration): boolean {
  if (sameJson(wide, narrow)) return true;
  const isAnyKey = !wide.key && wide.operator === 'Exists';
  if ((wide.key ?? '') !== (narrow.key ?? '') && !isAnyKey) return false;
  if ((wide.effect ?? '') !== (narrow.effect ?? '') && wide.effect) return false;
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    if (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > wide.tolerationSeconds) return false;
  }
  if (!wide.operator || wide.operator === 'Equal') return narrow.operator === 'Equal' && (narrow.value ?? '') === (wide.value ?? '');
  return wide.operator === 'Exists';
}

/** Both, without what another one makes needless. */
export function merged(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...first, ...second];
  const kept: Toleration[] = [];
  for (const [index, one] of all.entries()) {
    if (kept.some((other) => isSuperset(other, one))) continue;
    if (all.slice(index + 1).some((other) => !sameJson(one, other) && isSuperset(other, one))) continue;
    kept.push(one);
  }
  return kept;
}

/** What a namespace says in an annotation; undefined when it says nothing. */
async function ofNamespace(
  { deps, namespace }: AdmissionContext,
  which: keyof typeof annotations,
): Promise<readonly Toleration[] | undefined> {
  const found = await deps.resources.get(deps.resources.kinds.byKind('', 'Namespace')!, { name: namespace });
  if (found === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
  const text = found.metadata.annotations?.[annotations[which]];
  if (text === undefined || text === '') return text === undefined ? undefined : [];
  try {
    const { value } = parseJson(new TextEncoder().encode(text));
    if (!Array.isArray(value)) throw new Error('json: cannot unmarshal object into Go value of type []v1.Toleration');
    return value as Toleration[];
  } catch (error) {
    throw unknownError((error as Error).message);
  }
}

/** Gives pods the tolerations that their namespace has for them, and refuses those that it does not allow. Throws Error for a bad configuration. */
export function podTolerationRestriction(configuration: unknown): AdmissionPlugin {
  const cluster =
    configuration === undefined ? {} : (readConfiguration(type, configuration) as Partial<Record<keyof typeof annotations, Toleration[]>>);
  const concerns = (context: AdmissionContext) =>
    isCore(context, 'Pod') && (context.operation === 'CREATE' || context.operation === 'UPDATE');

  async function validate(context: AdmissionContext): Promise<void> {
    if (!concerns(context)) return;
    const tolerations: readonly Toleration[] = context.object.spec.tolerations ?? [];
    if (tolerations.length === 0) return;
    const own = await ofNamespace(context, 'whitelist');
    const allowed = own ?? cluster.whitelist ?? [];
    if (allowed.length === 0 || tolerations.every((one) => allowed.some((other) => isSuperset(other, one)))) return;
    const scope = own === undefined ? 'cluster' : 'namespace';
    throw unknownError(`pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`);
  }
  return {
    name: 'PodTolerationRestriction',
    async mutate(context) {
      if (!concerns(context)) return;
      const { spec } = context.object;
      const extra = context.operation === 'CREATE' ? [...((await ofNamespace(context, 'default')) ?? cluster.default ?? [])] : [];
      if (podQos(spec) !== 'BestEffort') extra.push(memoryPressure);
      if (extra.length > 0) spec.tolerations = merged(spec.tolerations ?? [], extra).map((one) => ({ ...one }));
      await validate(context);
    },
    validate,
  };
}
