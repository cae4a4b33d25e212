import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { fieldError } from '../../api/status.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import type { Errors } from '../lib/validate.ts';
import { defaultMatchResources } from './lib/match-resources.ts';
import { bindingColumns, validateBindingSpec } from './lib/policies.ts';
import { staticSuffixWarnings } from './lib/static-suffix.ts';
import { validatingAdmissionPolicyBindingSpec } from './shapes/validating-admission-policy.ts';

const actionNames = ['Audit', 'Deny', 'Warn'];

function* validateActions(actions: readonly string[], path: string): Errors {
  for (const [index, action] of actions.entries()) {
    if (!actionNames.includes(action)) yield fieldError.notSupported(`${path}[${index}]`, action, actionNames);
    if (actions.indexOf(action) < index) yield fieldError.duplicate(`${path}[${index}]`, action);
  }
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const why = 'repeating the same validation failure information in the API response and headers serves no purpose';
    yield fieldError.invalid(path, actions, `must not contain both Deny and Warn (${why})`);
  }
  if (actions.length === 0) yield fieldError.required(path, 'at least one validation action is required');
}

/** Puts a ValidatingAdmissionPolicy to use: for which resources, with which parameters, with which consequence. */
export const ValidatingAdmissionPolicyBinding = defineKind({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  scope: 'Cluster',
  plainFinalizers: true,
  openApiName: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  generation: true,
  fields: { spec: required(object(2, validatingAdmissionPolicyBindingSpec)) },
  defaults: ({ spec }) => defaultMatchResources(spec.matchResources),
  *validate({ spec }) {
    yield* validateBindingSpec(spec);
    yield* validateActions(spec.validationActions ?? [], 'spec.validationActions');
  },
  warnings: staticSuffixWarnings,
  columns: [nameColumn, ...bindingColumns, ageColumn],
});
export interface ValidatingAdmissionPolicyBinding extends ObjectOf<typeof ValidatingAdmissionPolicyBinding> {}
