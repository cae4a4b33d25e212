import { trimmedEnd } from '../../base/trim.ts';
import type { Attributes, PolicyRule } from '../types.ts';

const none: readonly string[] = [];
const holds = (list: readonly string[] | undefined, value: string) => list !== undefined && (list.includes('*') || list.includes(value));

function resourceMatches(resources: readonly string[], resource: string, subresource: string): boolean {
  const wanted = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some((rule) => rule === '*' || rule === wanted || (subresource !== '' && rule === `*/${subresource}`));
}
const pathCovers = (rule: string, path: string) => rule === path || (rule.endsWith('*') && path.startsWith(trimmedEnd(rule, '*')));

/** Whether one rule of RBAC allows a request. */
export function ruleAllows(rule: PolicyRule, request: Attributes): boolean {
  if (!holds(rule.verbs, request.verb)) return false;
  if (!request.isResource) return (rule.nonResourceURLs ?? none).some((url) => url === '*' || pathCovers(url, request.path));
  const names = rule.resourceNames ?? none;
  return (
    holds(rule.apiGroups, request.group) &&
    resourceMatches(rule.resources ?? none, request.resource, request.subresource) &&
    (names.length === 0 || names.includes(request.name))
  );
}

/** Rules with one verb and one resource, name or path each, that allow the same. */
function breakDown(rule: PolicyRule): readonly PolicyRule[] {
  const single: PolicyRule[] = [];
  const names: readonly (string | undefined)[] = rule.resourceNames?.length ? rule.resourceNames : [undefined];
  for (const group of rule.apiGroups ?? none)
    for (const resource of rule.resources ?? none)
      for (const verb of rule.verbs)
        for (const name of names)
          single.push({
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            ...(name === undefined ? {} : { resourceNames: [name] }),
          });
  for (const url of rule.nonResourceURLs ?? none) for (const verb of rule.verbs) single.push({ verbs: [verb], nonResourceURLs: [url] });
  return single;
}

function resourceCovers(owned: readonly string[], wanted: string): boolean {
  const slash = wanted.indexOf('/');
  return owned.includes('*') || owned.includes(wanted) || (slash >= 0 && owned.includes(`*/${wanted.slice(slash + 1)}`));
}
function covers(owner: PolicyRule, wanted: PolicyRule): boolean {
  const names = owner.resourceNames ?? none;
  return (
    wanted.verbs.every((verb) => holds(owner.verbs, verb)) &&
    (wanted.apiGroups ?? none).every((group) => holds(owner.apiGroups, group)) &&
    (wanted.resources ?? none).every((resource) => resourceCovers(owner.resources ?? none, resource)) &&
    (wanted.nonResourceURLs ?? none).every((url) => (owner.nonResourceURLs ?? none).some((owned) => pathCovers(owned, url))) &&
    (names.length === 0 || ((wanted.resourceNames?.length ?? 0) > 0 && wanted.resourceNames!.every((name) => names.includes(name))))
  );
}

/** What of `wanted` the owner's rules do not allow, verb by verb and resource by resource; empty when all is covered. */
export function missingRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return wanted.flatMap(breakDown).filter((rule) => !owned.some((owner) => covers(owner, rule)));
}

/** Puts the verbs of single rules about the same thing together. */
export function compactRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const merged = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const id = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs]);
    const present = merged.get(id);
    merged.set(id, present === undefined ? rule : { ...present, verbs: [...new Set([...present.verbs, ...rule.verbs])] });
  }
  return [...merged.values()];
}

/** Go's form of a rule in messages: {APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]} */
export function ruleText(rule: PolicyRule): string {
  const part = (name: string, values: readonly string[] | undefined) =>
    values === undefined || values.length === 0 ? [] : [`${name}:[${values.map((value) => JSON.stringify(value)).join(' ')}]`];
  const parts = [
    ...part('APIGroups', rule.apiGroups),
    ...part('Resources', rule.resources),
    ...part('NonResourceURLs', rule.nonResourceURLs),
    ...part('ResourceNames', rule.resourceNames),
    ...part('Verbs', rule.verbs),
  ];
  return `{${parts.join(', ')}}`;
}
