import type { Draft } from '../../../api/kind.ts';
import { isPathSegmentName, isQualifiedName } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { type Errors, invalidIf } from '../../lib/validate.ts';
import { ExpressionCompiler, expressionErrors, expressionKind, expressionTypes } from './expressions.ts';
import type { MatchCondition, MatchResources, NamedRuleWithOperations, Rule, RuleWithOperations } from '../shapes/rules.ts';

/** Which requests a webhook or policy is about: defaults and validation (pkg/apis/admissionregistration). */
export const failurePolicies = ['Fail', 'Ignore'];
export const matchPolicies = ['Equivalent', 'Exact'];
export const reinvocationPolicies = ['IfNeeded', 'Never'];
const operationNames = ['*', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT'];
const scopes = ['*', 'Cluster', 'Namespaced'];
const mostMatchConditions = 64;

export function defaultRules(rules: readonly Draft<Rule>[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*';
}
export function defaultMatchResources(match: Draft<MatchResources> | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  defaultRules(match.resourceRules);
  defaultRules(match.excludeResourceRules);
}

/** 'x', 'x/y', 'x/*', '*' + '/y', '*', and which of them make others pointless. */
function* validateResources(resources: readonly string[], path: string): Errors {
  if (resources.length === 0) yield fieldError.required(path);
  const wholeResources = new Set<string>();
  const wholeSubresources = new Set<string>();
  let bare = false;
  for (const [index, resource] of resources.entries()) {
    const at = `${path}[${index}]`;
    if (resource === '') {
      yield fieldError.required(at);
      continue;
    }
    const slash = resource.indexOf('/');
    if (slash < 0) {
      bare = resource !== '*';
      continue;
    }
    const [name, subresource] = [resource.slice(0, slash), resource.slice(slash + 1)];
    if (wholeResources.has(name)) yield fieldError.invalid(at, resource, `if '${name}/*' is present, must not specify ${resource}`);
    if (wholeSubresources.has(subresource))
      yield fieldError.invalid(at, resource, `if '*/${subresource}' is present, must not specify ${resource}`);
    if (subresource === '*') wholeResources.add(name);
    if (name === '*') wholeSubresources.add(subresource);
  }
  if (resources.length > 1 && resources.includes('*/*'))
    yield fieldError.invalid(path, resources, "if '*/*' is present, must not specify other resources");
  if (bare && resources.includes('*'))
    yield fieldError.invalid(path, resources, "if '*' is present, must not specify other resources without subresources");
}

const isPointless = (list: readonly string[]) => list.length > 1 && list.includes('*');

export function* validateRule(rule: RuleWithOperations, path: string): Errors {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  if (operations.length === 0) yield fieldError.required(`${path}.operations`);
  if (isPointless(operations))
    yield fieldError.invalid(`${path}.operations`, operations, "if '*' is present, must not specify other operations");
  for (const [index, operation] of operations.entries())
    if (!operationNames.includes(operation)) yield fieldError.notSupported(`${path}.operations[${index}]`, operation, operationNames);
  if (apiGroups.length === 0) yield fieldError.required(`${path}.apiGroups`);
  if (isPointless(apiGroups))
    yield fieldError.invalid(`${path}.apiGroups`, apiGroups, "if '*' is present, must not specify other API groups");
  if (apiVersions.length === 0) yield fieldError.required(`${path}.apiVersions`);
  if (isPointless(apiVersions))
    yield fieldError.invalid(`${path}.apiVersions`, apiVersions, "if '*' is present, must not specify other API versions");
  for (const [index, version] of apiVersions.entries()) if (version === '') yield fieldError.required(`${path}.apiVersions[${index}]`);
  yield* validateResources(resources, `${path}.resources`);
  if (scope !== undefined && !scopes.includes(scope)) yield fieldError.notSupported(`${path}.scope`, scope, scopes);
}

function* validateNamedRule(rule: NamedRuleWithOperations, path: string): Errors {
  const seen = new Set<string>();
  for (const [index, name] of (rule.resourceNames ?? []).entries()) {
    const at = `${path}.resourceNames[${index}]`;
    yield* invalidIf(isPathSegmentName(name), at, name);
    if (seen.has(name)) yield fieldError.duplicate(at, name);
    seen.add(name);
  }
  yield* validateRule(rule, path);
}

export function* validateMatchResources(match: MatchResources, path: string): Errors {
  if (match.matchPolicy === undefined) yield fieldError.required(`${path}.matchPolicy`);
  else if (!matchPolicies.includes(match.matchPolicy))
    yield fieldError.notSupported(`${path}.matchPolicy`, match.matchPolicy, matchPolicies);
  for (const field of ['namespaceSelector', 'objectSelector'] as const) {
    if (match[field] === undefined) yield fieldError.required(`${path}.${field}`);
    else yield* validateLabelSelector(match[field], `${path}.${field}`);
  }
  for (const field of ['resourceRules', 'excludeResourceRules'] as const)
    for (const [index, rule] of (match[field] ?? []).entries()) yield* validateNamedRule(rule, `${path}.${field}[${index}]`);
}

/** `params`: they may name parameters. `stored`: conditions that are there already. */
export function* validateMatchConditions(
  conditions: readonly MatchCondition[],
  path: string,
  params: boolean,
  stored: readonly MatchCondition[],
): Errors {
  const known = stored.map(({ expression }) => expression);
  const compiler = new ExpressionCompiler(false);
  if (conditions.length > mostMatchConditions) yield fieldError.tooMany(path, conditions.length, mostMatchConditions);
  const seen = new Set<string>();
  for (const [index, { name, expression }] of conditions.entries()) {
    const at = `${path}[${index}]`;
    const text = expression.trim();
    if (text === '') yield fieldError.required(`${at}.expression`);
    else {
      const scope = { params, authorizer: true };
      const compiled = compiler.compile(text, scope, expressionTypes.condition, expressionKind(text, known));
      yield* expressionErrors(`${at}.expression`, text, compiled);
    }
    if (name === '') yield fieldError.required(`${at}.name`);
    else yield* invalidIf(isQualifiedName(name), `${at}.name`, name);
    if (name !== '' && seen.has(name)) yield fieldError.duplicate(`${at}.name`, name);
    seen.add(name);
  }
}
