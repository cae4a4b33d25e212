import { podSpec } from '../../core/shapes/pod-spec.ts';
import type { ValidationContext } from '../../../api/kind.ts';
import type { LabelSelector } from '../../../api/meta.ts';
import { isDns1123Label } from '../../../api/names.ts';
import type { Shape } from '../../../api/schema.ts';
import { labelSelectorMatcher } from '../../../api/selector.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import type { Affinity } from '../../core/shapes/affinity.ts';
import type { Container } from '../../core/shapes/container.ts';
import type { PodSpec } from '../../core/shapes/pod-spec.ts';
import type { PodTemplateSpec } from '../../core/shapes/pod-template.ts';
import { inOrder } from '../../lib/fields.ts';
import { goShown, goShownPodSpec } from '../../lib/go-shown.ts';
import { type Errors, immutable, named } from '../../lib/validate.ts';
import { type JobSpec, podFailurePolicy, successPolicy } from '../shapes/job.ts';
import { controllerUidLabel, hasCondition, jobNameLabel, type JobLike, oldControllerUidLabel, oldJobNameLabel } from './job-types.ts';
import { isIndexed, validateJobSpec } from './validate-job-spec.ts';
import { validateJobStatus } from './validate-job-status.ts';

const shownSelector = (selector: LabelSelector | undefined) =>
  selector && { ...selector, ...(selector.matchLabels === undefined ? {} : { matchLabels: inOrder(selector.matchLabels) }) };

/** The selector and labels that the server makes are there as it makes them, unless the selector is the user's own. */
function* validateGeneratedSelector({ metadata, spec }: JobLike, withPrefix: boolean): Errors {
  if (spec.manualSelector === true || spec.selector === undefined) return;
  if (!metadata.uid) yield fieldError.required('metadata.uid');
  const expected: Record<string, string> = {
    [oldControllerUidLabel]: metadata.uid,
    [oldJobNameLabel]: metadata.name,
    ...(withPrefix ? { [controllerUidLabel]: metadata.uid, [jobNameLabel]: metadata.name } : {}),
  };
  const { labels = {} } = spec.template.metadata;
  for (const [key, value] of Object.entries(expected)) {
    const path = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) yield fieldError.required(path, `must be '${value}'`);
    else if (labels[key] !== value) yield fieldError.invalid(path, inOrder(labels), `must be '${value}'`);
  }
  const isSelector = [...validateLabelSelector(spec.selector, '')].length === 0;
  if (isSelector && !labelSelectorMatcher(spec.selector).matches(expected))
    yield fieldError.invalid('spec.selector', shownSelector(spec.selector), '`selector` not auto-generated');
}

function* validateSelector({ selector, template }: JobSpec): Errors {
  if (selector === undefined) yield fieldError.required('spec.selector');
  const wrong: FieldError[] = [...validateLabelSelector(selector, 'spec.selector')];
  yield* wrong;
  if (wrong.length === 0 && !labelSelectorMatcher(selector).matches(template.metadata.labels)) {
    const rule = '`selector` does not match template `labels`';
    yield fieldError.invalid('spec.template.metadata.labels', inOrder(template.metadata.labels), rule);
  }
}

function* validateWhole(job: JobLike, old: JobLike | undefined): Errors {
  const { metadata, spec } = job;
  const before = old?.spec.template.metadata.labels;
  const hadPrefix = old === undefined || (before?.[jobNameLabel] !== undefined && before[controllerUidLabel] !== undefined);
  yield* validateGeneratedSelector(job, hadPrefix);
  yield* validateJobSpec(spec, 'spec', old?.spec);
  yield* validateSelector(spec);
  if (!isIndexed(spec) || !((spec.completions ?? 0) > 0)) return;
  const longest = `${metadata.name}-${spec.completions! - 1}`;
  if (isDns1123Label(longest).length > 0)
    yield fieldError.invalid('metadata.name', metadata.name, `will not able to create pod with invalid DNS label: ${longest}`);
}

function* validateCompletions(spec: JobSpec, old: JobSpec): Errors {
  const path = 'spec.completions';
  if (!isIndexed(spec)) return yield* immutable(path, spec.completions, old.completions);
  if (spec.completions === undefined || spec.completions === old.completions || spec.completions === spec.parallelism) return;
  yield fieldError.invalid(path, spec.completions, 'can only be modified in tandem with spec.parallelism');
}

/** The old affinity with the new affinity to nodes, which may change. */
function withNodeAffinity(now: Affinity | undefined, before: Affinity | undefined): Affinity | undefined {
  if (now === undefined && before === undefined) return undefined;
  const { nodeAffinity: _, ...rest } = before ?? {};
  if (now === undefined) return Object.keys(rest).length === 0 ? undefined : rest;
  return now.nodeAffinity === undefined ? rest : { ...rest, nodeAffinity: now.nodeAffinity };
}
function withScheduling(old: PodTemplateSpec, now: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates } = now.spec;
  const { labels, annotations } = now.metadata;
  const affinity = withNodeAffinity(now.spec.affinity, old.spec.affinity);
  return {
    metadata: { ...old.metadata, labels, annotations },
    spec: { ...old.spec, affinity, nodeSelector, tolerations, schedulingGates },
  };
}
function withResources(old: readonly Container[] | undefined, now: readonly Container[] | undefined): readonly Container[] | undefined {
  if (old?.length !== now?.length) return old;
  return old?.map((container, index) =>
    container.name === now![index]!.name ? { ...container, resources: now![index]!.resources } : container,
  );
}

/** Of a suspended Job without pods, which never ran or is told to be suspended, what places pods and what they ask for may change. */
function* validateTemplateUpdate(spec: JobSpec, old: JobLike): Errors {
  const suspended = old.spec.suspend === true;
  const isIdle = old.status.startTime === undefined || hasCondition(old.status.conditions, 'Suspended');
  const isOpen = suspended && isIdle && (old.status.active ?? 0) === 0;
  if (!isOpen) return yield* immutable('spec.template', spec.template, old.spec.template, () => shownTemplate(spec.template));
  const before = withScheduling(old.spec.template, spec.template);
  const allowed: PodSpec = {
    ...before.spec,
    containers: withResources(before.spec.containers, spec.template.spec.containers)!,
    initContainers: withResources(before.spec.initContainers, spec.template.spec.initContainers),
  };
  yield* immutable('spec.template.spec', spec.template.spec, allowed, () => goShownPodSpec(podSpec, spec.template.spec));
}

const shownTemplate = ({ metadata, spec }: JobSpec['template']) => ({ ...metadata, Spec: goShownPodSpec(podSpec, spec) });

const policies = { podFailurePolicy, successPolicy };

function* validateUpdate(job: JobLike, old: JobLike): Errors {
  const { spec } = job;
  // Upstream looks at the spec of an update twice, and says twice what is wrong with it.
  yield* validateJobSpec(spec, 'spec', old.spec);
  yield* validateSelector(spec);
  yield* validateCompletions(spec, old.spec);
  yield* immutable('spec.selector', spec.selector, old.spec.selector, () => shownSelector(spec.selector));
  yield* validateTemplateUpdate(spec, old);
  for (const field of ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const) {
    const shape = policies[field as keyof typeof policies] as Shape | undefined;
    yield* immutable(`spec.${field}`, spec[field], old.spec[field], (value) =>
      shape === undefined ? named(value) : goShown(shape, value),
    );
  }
}

/** pkg/apis/batch/validation ValidateJob, -Update and -UpdateStatus. */
export function* validateJob(job: JobLike, { old, subresource }: ValidationContext<JobLike>): Errors {
  if (subresource === 'status') {
    if (old !== undefined) yield* validateJobStatus(job, old);
    return;
  }
  yield* validateWhole(job, old);
  if (old !== undefined) yield* validateUpdate(job, old);
}
