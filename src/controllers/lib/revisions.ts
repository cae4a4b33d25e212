import { goEscaped } from '../../api/json.ts';
import type { ApiObject } from '../../api/meta.ts';
import { sameJson } from '../../base/equal.ts';
import type { ControllerRevision } from '../../kinds/apps/controller-revision.ts';
import type { PodTemplateSpec } from '../../kinds/core/shapes/pod-template.ts';
import { canonicalJson, fnv32, safeEncode } from './hash.ts';

/** History of StatefulSets and DaemonSets: each ControllerRevision holds the patch that restores a pod template. */
export const revisionHashLabel = 'controller-revision-hash';
const longestPrefix = 223;

export interface HasTemplate extends ApiObject {
  readonly spec: { readonly template: PodTemplateSpec };
}

interface TemplatePatch {
  readonly spec: { readonly template: PodTemplateSpec & { readonly $patch?: string } };
}
const memo = new WeakMap<PodTemplateSpec, TemplatePatch>();

/** The strategic merge patch that puts the object's template back. Its keys are in order: clients compare its text with their own. */
export function templatePatch({ spec: { template } }: HasTemplate): TemplatePatch {
  let patch = memo.get(template);
  if (patch === undefined)
    memo.set(template, (patch = JSON.parse(canonicalJson({ spec: { template: { ...template, $patch: 'replace' } } }))));
  return patch!;
}

export const holdsTemplateOf = (revision: ControllerRevision, object: HasTemplate): boolean =>
  sameJson(revision.data, templatePatch(object));

/** The object as it was at a revision. */
export function atRevision<T extends HasTemplate>(object: T, revision: ControllerRevision): T {
  const data = revision.data as Partial<TemplatePatch>;
  if (data.spec?.template === undefined) return object;
  const { $patch: _, ...template } = data.spec.template;
  return { ...object, spec: { ...object.spec, template } };
}

/** The oldest revision first; among equals the older object, then the name. */
export function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  const [left, right] = [a.metadata, b.metadata];
  if (left.creationTimestamp !== right.creationTimestamp) return left.creationTimestamp < right.creationTimestamp ? -1 : 1;
  return left.name < right.name ? -1 : 1;
}

/** Names the content of a revision as upstream does, so that the same template gives the same name there and here. */
export function revisionHash(data: object, collisionCount: number): string {
  return safeEncode(String(fnv32(new TextEncoder().encode(goEscaped(canonicalJson(data)) + String(collisionCount)))));
}
export const revisionName = (owner: string, hash: string): string => `${owner.slice(0, longestPrefix)}-${hash}`;
