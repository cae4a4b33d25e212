import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { fieldError } from '../../api/status.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import type { Errors } from '../lib/validate.ts';
import { ExpressionCompiler, expressionErrors, expressionKind, expressionTypes } from './lib/expressions.ts';
import { defaultMatchResources, reinvocationPolicies } from './lib/match-resources.ts';
import { paramKindColumn, validateMutatingOperations, validatePolicySpec } from './lib/policies.ts';
import { staticSuffixWarnings } from './lib/static-suffix.ts';
import { type Mutation, mutatingAdmissionPolicySpec } from './shapes/mutating-admission-policy.ts';

const patchTypes = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const;

interface Compilation {
  readonly compiler: ExpressionCompiler;
  readonly params: boolean;
  /** Of applied configurations that are there already; upstream looks for JSON patches among these, too. */
  readonly stored: readonly string[];
}

function* validateMutation(mutation: Mutation, path: string, { compiler, params, stored }: Compilation): Errors {
  const { patchType } = mutation;
  if (patchType === '') return yield fieldError.required(`${path}.patchType`);
  if (patchType !== 'ApplyConfiguration' && patchType !== 'JSONPatch')
    return yield fieldError.notSupported(`${path}.patchType`, patchType, Object.keys(patchTypes));
  const wanted = patchTypes[patchType];
  const other = wanted === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch';
  const { expression = '' } = mutation[wanted] ?? {};
  if (mutation[wanted] === undefined) yield fieldError.required(`${path}.${wanted}`, `must be specified when patchType is ${patchType}`);
  else if (expression.trim() === '') yield fieldError.required(`${path}.${wanted}.expression`);
  else {
    const text = expression.trim();
    const scope = { params, authorizer: true, patches: true };
    const compiled = compiler.compile(text, scope, expressionTypes[wanted], expressionKind(expression, stored));
    yield* expressionErrors(`${path}.${wanted}.expression`, text, compiled);
  }
  if (mutation[other] !== undefined)
    yield fieldError.invalid(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`);
}

/** Changes in CEL to objects that requests bring; a binding puts them to use. */
export const MutatingAdmissionPolicy = defineKind({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  categories: ['api-extensions'],
  scope: 'Cluster',
  plainFinalizers: true,
  openApiName: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy',
  storageVersion: 'v1beta1',
  generation: true,
  fields: { spec: object(2, mutatingAdmissionPolicySpec) },
  defaults({ spec }) {
    spec.failurePolicy ??= 'Fail';
    defaultMatchResources(spec.matchConstraints);
  },
  *validate({ spec }, { old }) {
    const compiler = new ExpressionCompiler(true);
    yield* validatePolicySpec(spec, old?.spec, compiler, (match) => validateMutatingOperations(match, 'spec.matchConstraints'));
    const stored = (old?.spec.mutations ?? []).flatMap(({ applyConfiguration }) => applyConfiguration?.expression ?? []);
    const compilation = { compiler, params: spec.paramKind !== undefined, stored };
    const { mutations = [], reinvocationPolicy = '' } = spec;
    if (mutations.length === 0) yield fieldError.required('spec.mutations', 'mutations must contain at least one item');
    for (const [index, mutation] of mutations.entries()) yield* validateMutation(mutation, `spec.mutations[${index}]`, compilation);
    if (reinvocationPolicy === '') yield fieldError.required('spec.reinvocationPolicy');
    else if (!reinvocationPolicies.includes(reinvocationPolicy))
      yield fieldError.notSupported('spec.reinvocationPolicy', reinvocationPolicy, reinvocationPolicies);
  },
  warnings: staticSuffixWarnings,
  columns: [
    nameColumn,
    { name: 'Mutations', type: 'integer', description: 'How many changes it makes', value: ({ spec }) => spec.mutations?.length ?? 0 },
    paramKindColumn,
    ageColumn,
  ],
});
export interface MutatingAdmissionPolicy extends ObjectOf<typeof MutatingAdmissionPolicy> {}
