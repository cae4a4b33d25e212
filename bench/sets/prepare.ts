import { json, type LoadClient, whole } from '../load.ts';

const unlessThere = (error: Error) => {
  if (!error.message.includes(' 409 ')) throw error;
};

/** POSTs an object as JSON. */
export const create = (client: LoadClient, path: string, object: object) => client.call('POST', path, { body: JSON.stringify(object) });

/** A namespace with the service account that pods need; no controller runs that would make it. */
export async function createNamespace(client: LoadClient, name: string): Promise<void> {
  await create(client, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } };
  await create(client, `/api/v1/namespaces/${name}/serviceaccounts`, account).catch(unlessThere);
}

/** The revision that a collection is at. */
export async function revisionOf(client: LoadClient, path: string): Promise<string> {
  const { body } = await client.call('GET', `${path}?limit=1`, { accept: json, keep: whole });
  return (JSON.parse(body.toString()) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

const pollMs = 20;
/** Asks again until it succeeds, for what takes a moment to be served. */
export async function eventually(work: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }
}
