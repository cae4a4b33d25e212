import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isDns1123Label } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { dnsLabel, dnsSubdomain, type Errors } from '../../lib/validate.ts';
import {
  type FlowSchemaSpec,
  type FlowSchemaStatus,
  flowDistinguisherMethod,
  flowSchemaSpec,
  type NonResourcePolicyRule,
  type PolicyRulesWithSubjects,
  type ResourcePolicyRule,
  type ServiceAccountSubject,
  type Subject,
} from '../shapes/flow-schema.ts';
import { bootstrapSchemas } from './bootstrap.ts';

/** FlowSchema (pkg/apis/flowcontrol/validation). */
export interface FlowSchemaLike extends ApiObject {
  readonly spec: FlowSchemaSpec;
  readonly status: FlowSchemaStatus;
}
const highestPrecedence = 10_000;
const distinguishers = ['ByNamespace', 'ByUser'];
const verbNames = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

function* validateServiceAccount({ namespace, name }: ServiceAccountSubject, path: string): Errors {
  if (name === '') yield fieldError.required(`${path}.name`);
  else if (name !== '*') yield* dnsSubdomain(`${path}.name`, name);
  if (namespace === '') yield fieldError.required(`${path}.namespace`, 'must specify namespace for service account');
  else yield* dnsLabel(`${path}.namespace`, namespace);
}

const ownField = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const;
function* validateSubject(subject: Subject, path: string): Errors {
  const { kind } = subject;
  if (kind !== 'ServiceAccount' && kind !== 'User' && kind !== 'Group')
    return yield fieldError.notSupported(`${path}.kind`, kind, Object.keys(ownField));
  const own = ownField[kind];
  const at = `${path}.${own}`;
  if (subject[own] === undefined) yield fieldError.required(at, `${own} is required when subject kind is '${kind}'`);
  else if (kind === 'ServiceAccount') yield* validateServiceAccount(subject.serviceAccount!, at);
  else if (subject[own].name === '') yield fieldError.required(`${at}.name`);
  for (const other of ['ServiceAccount', 'User', 'Group'] as const)
    if (other !== kind && subject[ownField[other]] !== undefined)
      yield fieldError.forbidden(`${path}.${ownField[other]}`, `${ownField[other]} is forbidden when subject kind is not '${other}'`);
}

/** A list that holds '*' alone, or something, or is missing. Gives true where its members are to be looked at. */
function* validateList(
  list: readonly string[],
  path: string,
  missing: string,
  others: string,
): Generator<ReturnType<typeof fieldError.required>, boolean> {
  if (list.length === 0) yield fieldError.required(path, missing);
  else if (list.includes('*')) {
    if (list.length > 1) yield fieldError.invalid(path, list, `if '*' is present, must not specify other ${others}`);
  } else return true;
  return false;
}
function* validateVerbs(verbs: readonly string[], path: string): Errors {
  const named = yield* validateList(verbs, path, 'verbs must contain at least one value', 'verbs');
  if (named && !verbs.every((verb) => verbNames.includes(verb))) yield fieldError.notSupported(path, verbs, verbNames);
}

function urlProblem(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const wildcards = url.split('*').length - 1;
  return wildcards > 1 || (wildcards === 1 && !url.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}

function* validateResourceRule(rule: ResourcePolicyRule, path: string): Errors {
  const { verbs, apiGroups, resources, namespaces, clusterScope } = rule;
  yield* validateVerbs(verbs, `${path}.verbs`);
  yield* validateList(apiGroups, `${path}.apiGroups`, 'resource rules must supply at least one api group', 'api groups');
  yield* validateList(resources, `${path}.resources`, 'resource rules must supply at least one resource', 'resources');
  if (namespaces.length === 0 && clusterScope === true) return;
  const missing = 'resource rules that are not cluster scoped must supply at least one namespace';
  const named = yield* validateList(namespaces, `${path}.namespaces`, missing, 'namespaces');
  if (!named) return;
  for (const [index, namespace] of namespaces.entries())
    for (const message of isDns1123Label(namespace)) {
      const why = `each member of this list must be '*' or a DNS-1123 label; ${message}`;
      yield fieldError.invalid(`${path}.namespaces[${index}]`, namespace, why);
    }
}

function* validateNonResourceRule({ verbs, nonResourceURLs }: NonResourcePolicyRule, path: string): Errors {
  yield* validateVerbs(verbs, `${path}.verbs`);
  const at = `${path}.nonResourceURLs`;
  const named = yield* validateList(nonResourceURLs, at, 'nonResourceURLs must contain at least one value', 'non-resource URLs');
  if (!named) return;
  for (const [index, url] of nonResourceURLs.entries()) {
    const problem = urlProblem(url);
    if (problem !== undefined) yield fieldError.invalid(`${at}[${index}]`, url, problem);
  }
}

function* validateRules({ subjects, resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects, path: string): Errors {
  if (subjects.length === 0) yield fieldError.required(`${path}.subjects`, 'subjects must contain at least one value');
  for (const [index, subject] of subjects.entries()) yield* validateSubject(subject, `${path}.subjects[${index}]`);
  if (resourceRules.length === 0 && nonResourceRules.length === 0)
    yield fieldError.required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty');
  for (const [index, rule] of resourceRules.entries()) yield* validateResourceRule(rule, `${path}.resourceRules[${index}]`);
  for (const [index, rule] of nonResourceRules.entries()) yield* validateNonResourceRule(rule, `${path}.nonResourceRules[${index}]`);
}

function* validateSpec(name: string, spec: FlowSchemaSpec): Errors {
  const { matchingPrecedence, distinguisherMethod, priorityLevelConfiguration, rules = [] } = spec;
  const path = 'spec.matchingPrecedence';
  if (matchingPrecedence <= 0) yield fieldError.invalid(path, matchingPrecedence, 'must be a positive value');
  if (matchingPrecedence > highestPrecedence)
    yield fieldError.invalid(path, matchingPrecedence, `must not be greater than ${highestPrecedence}`);
  if (matchingPrecedence === 1 && name !== 'exempt')
    yield fieldError.invalid(path, matchingPrecedence, "only the schema named 'exempt' may have matchingPrecedence 1");
  if (distinguisherMethod !== undefined && !distinguishers.includes(distinguisherMethod.type)) {
    const shown = goShown(flowDistinguisherMethod, distinguisherMethod);
    yield fieldError.notSupported('spec.distinguisherMethod.type', shown, distinguishers);
  }
  const level = priorityLevelConfiguration.name;
  if (level === '') yield fieldError.required('spec.priorityLevelConfiguration.name', 'must reference a priority level');
  else yield* dnsSubdomain('spec.priorityLevelConfiguration.name', level);
  for (const [index, rule] of rules.entries()) yield* validateRules(rule, `spec.rules[${index}]`);
}

/** Conditions of flow schemas and priority levels: each type once. */
export function* validateFlowConditions(conditions: readonly { readonly type?: string | undefined }[]): Errors {
  const seen = new Set<string>();
  for (const [index, { type = '' }] of conditions.entries()) {
    const path = `status.conditions[${index}].type`;
    if (seen.has(type)) yield fieldError.duplicate(path, type);
    seen.add(type);
    if (type === '') yield fieldError.required(path);
  }
}

export function* validateFlowSchema(
  { metadata, spec, status }: FlowSchemaLike,
  { subresource }: ValidationContext<FlowSchemaLike>,
): Errors {
  if (subresource === '') {
    yield* validateSpec(metadata.name ?? '', spec);
    const fixed = bootstrapSchemas.find(({ name, mandatory }) => mandatory && name === metadata.name);
    if (fixed !== undefined && !sameOrEmpty(fixed.spec, spec))
      yield fieldError.invalid('spec', goShown(flowSchemaSpec, spec), `spec of '${fixed.name}' must equal the fixed value`);
  }
  yield* validateFlowConditions(status.conditions ?? []);
}
