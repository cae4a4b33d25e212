import type { Draft, Strategy } from '../../../api/kind.ts';
import { badRequest } from '../../../api/status.ts';
import { dropGatedFields } from '../../core/lib/gated-fields.ts';
import { defaultPodSpec } from '../../core/lib/pod-defaults.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import type { DaemonSetLike } from './validate-daemon-set.ts';

type DaemonSetDraft = Draft<DaemonSetLike>;

/** Counts the templates a set has had. Upstream keeps it as a field of the internal type; clients see and may start it here. */
export const templateGenerationAnnotation = 'deprecated.daemonset.template.generation';

const templateGeneration = (set: DaemonSetLike | DaemonSetDraft) => Number(set.metadata.annotations?.[templateGenerationAnnotation] ?? 0);

function setTemplateGeneration(set: DaemonSetDraft, generation: number): void {
  set.metadata.annotations = { ...set.metadata.annotations, [templateGenerationAnnotation]: String(generation) };
}

/** pkg/apis/apps/v1/defaults.go and conversion.go. Throws 400 for a template generation that is no number. */
export function defaultDaemonSet(set: DaemonSetDraft): void {
  const { spec } = set;
  const given = set.metadata.annotations?.[templateGenerationAnnotation];
  if (given === undefined) setTemplateGeneration(set, 0);
  else if (!/^[+-]?\d+$/.test(given)) {
    const why = `strconv.ParseInt: parsing ${JSON.stringify(given)}: invalid syntax`;
    throw badRequest(`DaemonSet in version "v1" cannot be handled as a DaemonSet: ${why}`);
  } else setTemplateGeneration(set, Number(given));
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
  }
  // Those of others are read as numbers.
  if (spec.updateStrategy.rollingUpdate !== undefined) {
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 0;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  defaultPodSpec(spec.template.spec);
}

export function prepareDaemonSetForCreate(set: DaemonSetDraft): void {
  set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
  dropGatedFields(set.spec.template.spec);
  if (templateGeneration(set) < 1) setTemplateGeneration(set, 1);
}

export const prepareDaemonSetForUpdate: NonNullable<Strategy<DaemonSetLike>['prepareForUpdate']> = (set, old) => {
  dropGatedFields(set.spec.template.spec, old.spec.template.spec);
  const isNewTemplate = !sameOrEmpty(set.spec.template, old.spec.template);
  setTemplateGeneration(set, templateGeneration(old) + (isNewTemplate ? 1 : 0));
};
