import { isAlreadyExists } from '../api/status.ts';
import type { Client } from '../client/client.ts';
import { CSINode } from '../kinds/storage/csi-node.ts';
import { migratedPlugins } from '../kinds/storage/lib/migrated-plugins.ts';
import type { Node } from './types.ts';

/** Makes the object in which the node's storage drivers will be listed. https://kubernetes-csi.github.io/docs/csi-node-object.html */
export async function ensureCsiNode(client: Client, { metadata: { name, uid } }: Node): Promise<void> {
  const metadata = {
    name,
    annotations: { 'storage.alpha.kubernetes.io/migrated-plugins': Object.keys(migratedPlugins).sort().join(',') },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
  };
  await client.create(CSINode, { metadata, spec: { drivers: [] } }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
}
