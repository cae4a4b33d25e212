import { forbidden, notFound, StatusError } from '../../api/status.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { refuse } from './lib/refuse.ts';

const immortal = ['default', 'kube-system', 'kube-public'];

async function admit(context: AdmissionContext): Promise<void> {
  const { kind, namespace, operation, deps } = context;
  if (kind.group === '' && kind.kind === 'Namespace') {
    if (operation === 'DELETE' && context.subresource === '' && immortal.includes(context.name))
      throw forbidden({ group: '', resource: 'namespaces' }, context.name, 'this namespace may not be deleted');
    return;
  }
  if (namespace === '' || operation === 'DELETE' || operation === 'CONNECT') return;
  // What a review says must not tell whether the namespace is there.
  if (kind.group === 'authorization.k8s.io' && kind.kind === 'LocalSubjectAccessReview') return;
  const known = deps.resources.kinds.byKind('', 'Namespace');
  const found = known === undefined ? undefined : ((await deps.resources.get(known, { name: namespace })) as any);
  if (found === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
  if (operation !== 'CREATE' || found.status?.phase !== 'Terminating') return;
  const error = refuse(context, `unable to create new content in namespace ${namespace} because it is being terminated`);
  const cause = { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' };
  throw new StatusError(error.code, error.reason, error.message, { ...error.details, causes: [cause] });
}

/** Nothing is made in a namespace that is not there or is going away; default, kube-system and kube-public stay. */
export const namespaceLifecycle: AdmissionPlugin = { name: 'NamespaceLifecycle', mutate: admit };
