import { isAlreadyExists, StatusError } from '../../api/status.ts';
import type { AdmissionContext, AdmissionPlugin, WriteContext } from '../types.ts';
import { isNamespace } from './lib/admission-request.ts';
import { refuse } from './lib/refuse.ts';

const writer: WriteContext = { identity: { user: 'system:apiserver', groups: ['system:masters'] }, fieldManager: 'kube-apiserver' };

async function provide(context: AdmissionContext): Promise<void> {
  const { operation, dryRun, namespace, kind, deps } = context;
  if (operation !== 'CREATE' || dryRun || namespace === '' || isNamespace(kind)) return;
  const namespaces = deps.resources.kinds.byKind('', 'Namespace')!;
  if ((await deps.resources.get(namespaces, { name: namespace })) !== undefined) return;
  try {
    await deps.resources.create(namespaces, { metadata: { name: namespace } }, writer);
  } catch (error) {
    if (isAlreadyExists(error)) return;
    throw error instanceof StatusError && error.reason !== 'Forbidden' ? refuse(context, error.message) : error;
  }
}

/** Makes the namespace that something is to be created in. */
export const namespaceAutoProvision: AdmissionPlugin = { name: 'NamespaceAutoProvision', mutate: provide };
