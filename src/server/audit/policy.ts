import { any, bool, list, of, opt, optional, ptr, shape, type ShapeOf, string } from '../../api/schema.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { type FieldError, fieldError } from '../../api/status.ts';
import type { Identity } from '../../client/call.ts';
import { assertValid, parseConfiguration } from '../lib/configuration.ts';
import type { RequestInfo } from '../request-info.ts';

/** What is written down of which requests: audit.k8s.io/v1 Policy (kubernetes.io/docs/reference/config-api/apiserver-audit.v1). */
const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof levels)[number];
const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof stages)[number];

const groupResources = shape('audit.k8s.io.v1.GroupResources', {
  group: opt(string(1)),
  resources: optional(list(2, string(0))),
  resourceNames: optional(list(3, string(0))),
});
const policyRule = shape('audit.k8s.io.v1.PolicyRule', {
  level: string(1),
  users: optional(list(2, string(0))),
  userGroups: optional(list(3, string(0))),
  verbs: optional(list(4, string(0))),
  resources: optional(list(5, of(groupResources))),
  namespaces: optional(list(6, string(0))),
  nonResourceURLs: optional(list(7, string(0))),
  omitStages: optional(list(8, string(0))),
  omitManagedFields: ptr(bool(9)),
});
type Rule = ShapeOf<typeof policyRule>;
const policy = shape('audit.k8s.io.v1.Policy', {
  metadata: optional(any(1)),
  rules: optional(list(2, of(policyRule))),
  omitStages: optional(list(3, string(0))),
  omitManagedFields: opt(bool(4)),
});

/** What is to be done with a request. */
export interface Verdict {
  readonly level: Level;
  readonly omitStages: ReadonlySet<string>;
  readonly omitManagedFields: boolean;
}
export type Policy = (info: RequestInfo, identity: Identity | undefined) => Verdict;

/** Whether a level tells at least as much as another. */
export const tells = (level: Level, wanted: Level): boolean => levels.indexOf(level) >= levels.indexOf(wanted);

/** Reads a policy. Throws Error that names what is wrong; fields that are not known only get a warning, as upstream. */
export function parsePolicy(text: string, warn: (text: string) => void): Policy {
  const given = parseConfiguration({ kind: 'Policy', apiVersions: ['audit.k8s.io/v1'], shape: policy }, text, warn);
  const { rules = [], omitStages = [], omitManagedFields = false } = given;
  assertValid([...validateStages(omitStages, 'omitStages'), ...rules.flatMap((rule, index) => [...validateRule(rule, `rules[${index}]`)])]);
  if (rules.length === 0) throw new Error('loaded illegal policy with 0 rules');
  const compiled = rules.map((rule) => ({
    matches: matcherOf(rule),
    verdict: {
      level: rule.level as Level,
      omitStages: new Set([...omitStages, ...(rule.omitStages ?? [])]),
      omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
    },
  }));
  const nothing: Verdict = { level: 'None', omitStages: new Set(omitStages), omitManagedFields };
  return (info, identity) => {
    for (const { matches, verdict } of compiled) if (matches(info, identity)) return verdict;
    return nothing;
  };
}

function* validateStages(given: readonly string[], path: string): Generator<FieldError> {
  for (const [index, stage] of given.entries())
    if (!(stages as readonly string[]).includes(stage))
      yield fieldError.invalid(`${path}[${index}]`, stage, `allowed stages are ${stages.join(',')}`);
}
function* validateRule(rule: Rule, path: string): Generator<FieldError> {
  const { level, resources = [], namespaces = [], nonResourceURLs = [], omitStages = [] } = rule;
  if (level === '') yield fieldError.required(`${path}.level`);
  else if (!(levels as readonly string[]).includes(level)) yield fieldError.notSupported(`${path}.level`, level, levels, 'as given');
  for (const [index, url] of nonResourceURLs.entries()) {
    if (url === '*') continue;
    const at = `${path}.nonResourceURLs[${index}]`;
    if (!url.startsWith('/')) yield fieldError.invalid(at, url, "non-resource URL rules must begin with a '/' character");
    if (url.slice(0, -1).includes('*'))
      yield fieldError.invalid(at, url, "non-resource URL wildcards '*' must be the final character of the rule");
  }
  for (const { group = '', resources: names = [], resourceNames = [] } of resources) {
    const problems = group === '' || group === '*' ? [] : isDns1123Subdomain(group);
    if (problems.length > 0) yield fieldError.invalid(`${path}.resources.group`, group, problems.join(','));
    if (resourceNames.length > 0 && names.length === 0)
      yield fieldError.invalid(`${path}.resources.resourceNames`, resourceNames, 'using resourceNames requires at least one resource');
  }
  yield* validateStages(omitStages, `${path}.omitStages`);
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0)) {
    const why = 'rules cannot apply to both regular resources and non-resource URLs';
    yield fieldError.invalid(`${path}.nonResourceURLs`, nonResourceURLs, why);
  }
}

function matcherOf(rule: Rule): (info: RequestInfo, identity: Identity | undefined) => boolean {
  const { users = [], userGroups = [], verbs = [], namespaces = [], resources = [], nonResourceURLs = [] } = rule;
  const place =
    namespaces.length > 0 || resources.length > 0
      ? resourceMatcher(namespaces, resources)
      : nonResourceURLs.length > 0
        ? (info: RequestInfo) => !info.isResource && nonResourceURLs.some((url) => pathMatches(info.path, url))
        : () => true;
  return (info, identity) => {
    if (users.length > 0 && (identity === undefined || !users.includes(identity.user))) return false;
    if (userGroups.length > 0 && identity?.groups.some((group) => userGroups.includes(group)) !== true) return false;
    return (verbs.length === 0 || verbs.includes(info.verb)) && place(info);
  };
}
const pathMatches = (path: string, url: string): boolean =>
  url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')));

function resourceMatcher(namespaces: readonly string[], resources: NonNullable<Rule['resources']>): (info: RequestInfo) => boolean {
  return (info) => {
    if (!info.isResource || (namespaces.length > 0 && !namespaces.includes(info.namespace))) return false;
    if (resources.length === 0) return true;
    const { group, resource, subresource, name } = info;
    const combined = subresource === '' ? resource : `${resource}/${subresource}`;
    const matches = (wanted: string) =>
      wanted === combined ||
      wanted === '*' ||
      (subresource !== '' && wanted === `*/${subresource}`) ||
      (wanted.endsWith('/*') && wanted.slice(0, -2) === resource);
    return resources.some((one) => {
      if (one.group !== '*' && (one.group ?? '') !== group) return false;
      const { resources: names = [], resourceNames = [] } = one;
      return names.length === 0 || ((resourceNames.length === 0 || resourceNames.includes(name)) && names.some(matches));
    });
  };
}
