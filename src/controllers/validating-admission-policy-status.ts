import { defineController } from '../client/controller.ts';
import { ValidatingAdmissionPolicy } from '../kinds/admissionregistration/validating-admission-policy.ts';
import { checkTypes } from './lib/policy-types.ts';

const fieldManager = 'validatingadmissionpolicy-status';

/**
 * Tells in a policy's status which of its expressions do not fit the objects that it is about.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#type-checking
 */
export const validatingAdmissionPolicyStatus = defineController<ValidatingAdmissionPolicy>({
  name: 'validatingadmissionpolicy-status-controller',
  for: ValidatingAdmissionPolicy,
  can: [
    { groups: ['admissionregistration.k8s.io'], resources: ['validatingadmissionpolicies'], verbs: ['get', 'list', 'watch'] },
    { groups: ['admissionregistration.k8s.io'], resources: ['validatingadmissionpolicies/status'], verbs: ['get', 'patch', 'update'] },
  ],
  async reconcile({ name }, { cache, client, cluster }) {
    const policy = cache(ValidatingAdmissionPolicy).get({ name });
    const { generation = 0 } = policy?.metadata ?? {};
    if (policy === undefined || generation <= (policy.status.observedGeneration ?? 0)) return;
    const expressionWarnings = checkTypes(policy, cluster.kinds());
    const { apiVersion, kind } = policy;
    const typeChecking = expressionWarnings.length === 0 ? {} : { expressionWarnings };
    const applied = { apiVersion, kind, metadata: { name }, status: { observedGeneration: generation, typeChecking } };
    await client.patch(ValidatingAdmissionPolicy, { name }, 'apply', applied, { subresource: 'status', fieldManager, force: true });
  },
});
