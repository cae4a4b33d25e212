import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { fieldError } from '../../api/status.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import type { Errors } from '../lib/validate.ts';
import { defaultMatchResources, reinvocationPolicies } from './lib/match-resources.ts';
import { paramKindColumn, validateMutatingOperations, validatePolicySpec } from './lib/policies.ts';
import { staticSuffixWarnings } from './lib/static-suffix.ts';
import { type Mutation, mutatingAdmissionPolicySpec } from './shapes/mutating-admission-policy.ts';

const patchTypes = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const;

function* validateMutation(mutation: Mutation, path: string): Errors {
  const { patchType } = mutation;
  if (patchType === '') return yield fieldError.required(`${path}.patchType`);
  if (patchType !== 'ApplyConfiguration' && patchType !== 'JSONPatch')
    return yield fieldError.notSupported(`${path}.patchType`, patchType, Object.keys(patchTypes));
  const wanted = patchTypes[patchType];
  const other = wanted === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch';
  const { expression = '' } = mutation[wanted] ?? {};
  if (mutation[wanted] === undefined) yield fieldError.required(`${path}.${wanted}`, `must be specified when patchType is ${patchType}`);
  else if (expression.trim() === '') yield fieldError.required(`${path}.${wanted}.expression`);
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
  openApiName: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy',
  storageVersion: 'v1beta1',
  generation: true,
  fields: { spec: object(2, mutatingAdmissionPolicySpec) },
  defaults({ spec }) {
    spec.failurePolicy ??= 'Fail';
    defaultMatchResources(spec.matchConstraints);
  },
  *validate({ spec }, { old }) {
    yield* validatePolicySpec(spec, old?.spec, (match) => validateMutatingOperations(match, 'spec.matchConstraints'));
    const { mutations = [], reinvocationPolicy = '' } = spec;
    if (mutations.length === 0) yield fieldError.required('spec.mutations', 'mutations must contain at least one item');
    for (const [index, mutation] of mutations.entries()) yield* validateMutation(mutation, `spec.mutations[${index}]`);
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
