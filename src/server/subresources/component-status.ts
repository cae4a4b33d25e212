import type { ApiObject } from '../../api/meta.ts';
import { notFound } from '../../api/status.ts';
import type { Reply } from '../../client/call.ts';
import type { HealthCheck } from '../health.ts';
import { selectionOf } from '../lib/selection.ts';
import type { Subresource, SubresourceDeps, SubresourceRequest } from '../types.ts';

async function look({ name, check }: HealthCheck): Promise<ApiObject> {
  let message = 'ok';
  let status = 'True';
  try {
    await check();
  } catch (error) {
    message = error instanceof Error ? error.message : String(error);
    status = 'False';
  }
  const conditions = [{ type: 'Healthy', status, message }];
  return { apiVersion: 'v1', kind: 'ComponentStatus', metadata: { name }, conditions } as unknown as ApiObject;
}
async function get({ key: { name } }: SubresourceRequest, { components }: SubresourceDeps): Promise<Reply> {
  const found = components.find((component) => component.name === name);
  if (found === undefined) throw notFound({ group: '', resource: 'componentstatus' }, name);
  return { code: 200, type: 'object', object: await look(found) };
}
async function list({ kind, options }: SubresourceRequest, { components }: SubresourceDeps): Promise<Reply> {
  const { match } = selectionOf(kind, undefined, options);
  const items = (await Promise.all(components.map(look))).filter((item) => match === undefined || match(item));
  return { code: 200, type: 'list', list: { apiVersion: 'v1', kind: kind.listKind, metadata: {}, items } };
}

/** How the parts of the control plane are: looked at when asked. */
export const componentStatus: Subresource = { group: '', kind: 'ComponentStatus', subresource: '', verbs: { get, list } };
