import { notFound } from '../../api/status.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { isNamespace } from './lib/admission-request.ts';

async function check({ operation, namespace, kind, deps }: AdmissionContext): Promise<void> {
  if (operation === 'CONNECT' || namespace === '' || isNamespace(kind)) return;
  const namespaces = deps.resources.kinds.byKind('', 'Namespace')!;
  const found = await deps.resources.get(namespaces, { name: namespace });
  if (found === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
}

/** Refuses what is in a namespace that is not there. */
export const namespaceExists: AdmissionPlugin = { name: 'NamespaceExists', validate: check };
