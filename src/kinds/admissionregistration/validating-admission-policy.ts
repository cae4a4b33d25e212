import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { defaultMatchResources } from './lib/match-resources.ts';
import { paramKindColumn } from './lib/policies.ts';
import { staticSuffixWarnings } from './lib/static-suffix.ts';
import { validateValidatingPolicy } from './lib/validating-policy.ts';
import { validatingAdmissionPolicySpec, validatingAdmissionPolicyStatus } from './shapes/validating-admission-policy.ts';

/** Rules in CEL that requests must keep; a binding puts them to use. */
export const ValidatingAdmissionPolicy = defineKind({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  categories: ['api-extensions'],
  scope: 'Cluster',
  plainFinalizers: true,
  subresources: ['status'],
  createOnStatusApply: true,
  resets: { status: ['spec', 'metadata'] },
  openApiName: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  generation: true,
  fields: { spec: object(2, validatingAdmissionPolicySpec), status: object(3, validatingAdmissionPolicyStatus) },
  defaults({ spec }) {
    spec.failurePolicy ??= 'Fail';
    defaultMatchResources(spec.matchConstraints);
  },
  prepareForCreate(policy) {
    policy.status = {};
  },
  validate: validateValidatingPolicy,
  warnings: staticSuffixWarnings,
  columns: [
    nameColumn,
    { name: 'Validations', type: 'integer', description: 'How many rules it has', value: ({ spec }) => spec.validations?.length ?? 0 },
    paramKindColumn,
    ageColumn,
  ],
});
export interface ValidatingAdmissionPolicy extends ObjectOf<typeof ValidatingAdmissionPolicy> {}
