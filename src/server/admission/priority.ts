import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { isCore, refuse } from './lib/refuse.ts';

/** The one class that says globalDefault; with several, by a race, the lowest. */
async function defaultClass({ deps }: AdmissionContext): Promise<any> {
  const kind = deps.resources.kinds.byKind('scheduling.k8s.io', 'PriorityClass');
  const classes: readonly any[] = kind === undefined ? [] : await deps.resources.list(kind);
  return classes.filter((found) => found.globalDefault === true).sort((a, b) => a.value - b.value)[0];
}
async function namedClass(context: AdmissionContext, name: string): Promise<any> {
  const kind = context.deps.resources.kinds.byKind('scheduling.k8s.io', 'PriorityClass');
  const found = kind === undefined ? undefined : await context.deps.resources.get(kind, { name });
  if (found === undefined) throw refuse(context, `no PriorityClass with name ${name} was found`);
  return found;
}

async function mutate(context: AdmissionContext): Promise<void> {
  if (!isCore(context, 'Pod')) return;
  const spec = context.object?.spec;
  if (context.operation === 'UPDATE') {
    const old = (context.old as any).spec;
    spec.priority ??= old.priority;
    spec.preemptionPolicy ??= old.preemptionPolicy;
    return;
  }
  if (context.operation !== 'CREATE') return;
  const chosen = spec.priorityClassName ? await namedClass(context, spec.priorityClassName) : await defaultClass(context);
  const value: number = chosen?.value ?? 0;
  const policy: string | undefined = chosen === undefined ? 'PreemptLowerPriority' : chosen.preemptionPolicy;
  if (chosen !== undefined) spec.priorityClassName = chosen.metadata.name;
  const mustNot = (what: string, given: unknown, computed: unknown) =>
    refuse(
      context,
      `the ${what} (${given}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`,
    );
  if (spec.priority !== undefined && spec.priority !== null && spec.priority !== value)
    throw mustNot('integer value of priority', spec.priority, value);
  spec.priority = value;
  if (policy === undefined) return;
  if (spec.preemptionPolicy && spec.preemptionPolicy !== policy)
    throw mustNot('string value of PreemptionPolicy', spec.preemptionPolicy, policy);
  spec.preemptionPolicy = policy;
}

async function validate(context: AdmissionContext): Promise<void> {
  const { kind, operation, object } = context;
  if (kind.group !== 'scheduling.k8s.io' || kind.kind !== 'PriorityClass' || context.subresource !== '') return;
  if ((operation !== 'CREATE' && operation !== 'UPDATE') || object.globalDefault !== true) return;
  const present = await defaultClass(context);
  if (present !== undefined && (operation === 'CREATE' || present.metadata.name !== object.metadata.name))
    throw refuse(context, `PriorityClass ${present.metadata.name} is already marked as default. Only one default can exist`);
}

/** Turns a pod's priority class into its priority, and keeps the global default one. */
export const priority: AdmissionPlugin = { name: 'Priority', mutate, validate };
