import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { defaultMatchResources } from './lib/match-resources.ts';
import { bindingColumns, validateBindingSpec, validateMutatingOperations } from './lib/policies.ts';
import { staticSuffixWarnings } from './lib/static-suffix.ts';
import { mutatingAdmissionPolicyBindingSpec } from './shapes/mutating-admission-policy.ts';

/** Puts a MutatingAdmissionPolicy to use: for which resources, with which parameters. */
export const MutatingAdmissionPolicyBinding = defineKind({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  categories: ['api-extensions'],
  scope: 'Cluster',
  plainFinalizers: true,
  openApiName: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding',
  storageVersion: 'v1beta1',
  generation: true,
  fields: { spec: object(2, mutatingAdmissionPolicyBindingSpec) },
  defaults: ({ spec }) => defaultMatchResources(spec.matchResources),
  *validate({ spec }) {
    yield* validateBindingSpec(spec);
    if (spec.matchResources !== undefined) yield* validateMutatingOperations(spec.matchResources, 'spec.matchResources');
  },
  warnings: staticSuffixWarnings,
  columns: [nameColumn, ...bindingColumns, ageColumn],
});
export interface MutatingAdmissionPolicyBinding extends ObjectOf<typeof MutatingAdmissionPolicyBinding> {}
