import type { Column } from '../../../api/kind.ts';
import type { ApiObject, LabelSelector } from '../../../api/meta.ts';
import { isDns1035Label, isDns1123Subdomain, isPathSegmentName } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { type Errors, dnsSubdomain, invalidIf } from '../../lib/validate.ts';
import type { ParamKind, ParamRef, Variable } from '../shapes/policy.ts';
import type { MatchCondition, MatchResources } from '../shapes/rules.ts';
import { type ExpressionCompiler, expressionErrors, expressionKind, expressionTypes } from './expressions.ts';
import { failurePolicies, validateMatchConditions, validateMatchResources } from './match-resources.ts';

/** What admission policies of both kinds, and their bindings, have in common (pkg/apis/admissionregistration/validation). */
interface PolicySpec {
  readonly paramKind?: ParamKind | undefined;
  readonly matchConstraints?: MatchResources | undefined;
  readonly failurePolicy?: string | undefined;
  readonly matchConditions?: readonly MatchCondition[] | undefined;
  readonly variables?: readonly Variable[] | undefined;
}
interface PolicyLike extends ApiObject {
  readonly spec: PolicySpec;
}
interface BindingLike extends ApiObject {
  readonly spec: {
    readonly policyName?: string | undefined;
    readonly paramRef?: ParamRef | undefined;
    readonly matchResources?: MatchResources | undefined;
  };
}

const upTo = (text: string, separator: string): readonly [string, string] => {
  const at = text.indexOf(separator);
  return at < 0 ? ['', text] : [text.slice(0, at), text.slice(at + 1)];
};

function* validateParamKind({ apiVersion = '', kind = '' }: ParamKind, path: string): Errors {
  const at = `${path}.apiVersion`;
  if (apiVersion === '') yield fieldError.required(at);
  else if (apiVersion.split('/').length > 2) yield fieldError.invalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
  else {
    const [group, version] = apiVersion === '/' ? ['', ''] : upTo(apiVersion, '/');
    const groupProblems = group === '' ? [] : isDns1123Subdomain(group);
    if (groupProblems.length > 0) yield fieldError.invalid(at, group, groupProblems.join(','));
    const versionProblems = isDns1035Label(version);
    if (version === '') yield fieldError.invalid(at, apiVersion, 'version must be specified');
    else if (versionProblems.length > 0) yield fieldError.invalid(at, version, versionProblems.join(','));
  }
  const kindProblems = isDns1035Label(kind.toLowerCase());
  if (kind === '') yield fieldError.required(`${path}.kind`);
  else if (kindProblems.length > 0)
    yield fieldError.invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${kindProblems.join(',')}`);
}

const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

function* validateVariable(
  { name, expression }: Variable,
  path: string,
  compiler: ExpressionCompiler,
  params: boolean,
  stored: readonly string[],
): Errors {
  if (name.trim() === '') yield fieldError.required(`${path}.name`, 'name is not specified');
  else if (!identifier.test(name) || reserved.has(name)) yield fieldError.invalid(`${path}.name`, name, 'must be a valid CEL identifier');
  if (expression.trim() === '') return yield fieldError.required(`${path}.expression`, 'expression is not specified');
  const scope = { params, authorizer: true };
  const compiled = compiler.compile(expression, scope, expressionTypes.variable, expressionKind(expression, stored));
  compiler.declare(name, compiled);
  yield* expressionErrors(`${path}.expression`, expression, compiled);
}

/**
 * Everything up to the variables, which `compiler` knows then. Match conditions are looked at again only when they, or the parameters
 * they may name, changed. `stored`: expressions of validations that are there already.
 */
export function* validatePolicySpec(
  spec: PolicySpec,
  old: PolicySpec | undefined,
  compiler: ExpressionCompiler,
  more: (match: MatchResources) => Errors,
  stored: readonly string[] = [],
): Errors {
  const path = 'spec';
  if (spec.failurePolicy === undefined) yield fieldError.required(`${path}.failurePolicy`);
  else if (!failurePolicies.includes(spec.failurePolicy))
    yield fieldError.notSupported(`${path}.failurePolicy`, spec.failurePolicy, failurePolicies);
  if (spec.paramKind !== undefined) yield* validateParamKind(spec.paramKind, `${path}.paramKind`);
  const match = spec.matchConstraints;
  if (match === undefined) yield fieldError.required(`${path}.matchConstraints`);
  else {
    yield* validateMatchResources(match, `${path}.matchConstraints`);
    if ((match.resourceRules ?? []).length === 0) yield fieldError.required(`${path}.matchConstraints.resourceRules`);
    yield* more(match);
  }
  const same = old !== undefined && sameOrEmpty(spec.paramKind, old.paramKind) && sameOrEmpty(spec.matchConditions, old.matchConditions);
  const params = spec.paramKind !== undefined;
  if (!same) yield* validateMatchConditions(spec.matchConditions ?? [], `${path}.matchConditions`, params, old?.matchConditions ?? []);
  for (const [index, variable] of (spec.variables ?? []).entries())
    yield* validateVariable(variable, `${path}.variables[${index}]`, compiler, params, stored);
}

const mutatingOperations = ['*', 'CREATE', 'UPDATE', 'CONNECT'];
/** There is nothing to change in a deletion. */
export function* validateMutatingOperations(match: MatchResources, path: string): Errors {
  for (const { operations = [] } of match.resourceRules ?? [])
    for (const operation of operations)
      if (!mutatingOperations.includes(operation))
        yield fieldError.notSupported(`${path}.resourceRules.operations`, operation, mutatingOperations);
}

const notFoundActions = ['Deny', 'Allow'];
function* validateParamRef({ name = '', selector, parameterNotFoundAction = '' }: ParamRef, path: string): Errors {
  const exclusive = 'name and selector are mutually exclusive';
  if (name !== '') {
    yield* invalidIf(isPathSegmentName(name), `${path}.name`, name);
    if (selector !== undefined) yield fieldError.forbidden(`${path}.name`, exclusive);
  }
  yield* validateLabelSelector(selector, `${path}.selector`);
  if (selector !== undefined && name !== '') yield fieldError.forbidden(`${path}.selector`, exclusive);
  if (selector === undefined && name === '') yield fieldError.required(path, 'one of name or selector must be specified');
  if (parameterNotFoundAction === '') yield fieldError.required(`${path}.parameterNotFoundAction`);
  else if (!notFoundActions.includes(parameterNotFoundAction))
    yield fieldError.notSupported(`${path}.parameterNotFoundAction`, parameterNotFoundAction, notFoundActions, 'as given');
}

export function* validateBindingSpec({ policyName = '', paramRef, matchResources }: BindingLike['spec']): Errors {
  if (policyName === '') yield fieldError.required('spec.policyName');
  else yield* dnsSubdomain('spec.policyName', policyName);
  if (paramRef !== undefined) yield* validateParamRef(paramRef, 'spec.paramRef');
  if (matchResources !== undefined) yield* validateMatchResources(matchResources, 'spec.matchResources');
}

/** As generated Go code prints a selector; tables show it. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key}: ${matchLabels[key]},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

export const paramKindColumn: Column<PolicyLike> = {
  name: 'ParamKind',
  type: 'string',
  description: 'The kind of its parameters',
  value: ({ spec: { paramKind } }) => (paramKind === undefined ? '<unset>' : `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}`),
};
export const bindingColumns: readonly Column<BindingLike>[] = [
  { name: 'PolicyName', type: 'string', description: 'The policy that it puts to use', value: ({ spec }) => spec.policyName ?? '' },
  {
    name: 'ParamRef',
    type: 'string',
    description: 'The parameters that it hands to the policy',
    value({ spec: { paramRef: { name = '', namespace = '', selector } = {} } }) {
      if (name !== '') return `${namespace === '' ? '*' : namespace}/${name}`;
      return selector === undefined ? '<unset>' : selectorText(selector);
    },
  },
];
