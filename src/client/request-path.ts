import type { Call, CallOptions } from './call.ts';

const segment = encodeURIComponent;

/** Options that travel in the query; those of a delete travel in its body. */
const queryOptions: readonly (keyof CallOptions)[] = [
  'resourceVersion',
  'resourceVersionMatch',
  'labelSelector',
  'fieldSelector',
  'limit',
  'continue',
  'timeoutSeconds',
  'allowWatchBookmarks',
  'sendInitialEvents',
  'fieldManager',
  'fieldValidation',
  'force',
];

/** '/apis/apps/v1/namespaces/default/deployments/web/scale?...' */
export function requestPath(call: Call): string {
  const { group, version, namespace, resource, name, subresource, options } = call;
  const parts = [group === '' ? `/api/${segment(version)}` : `/apis/${segment(group)}/${segment(version)}`];
  if (namespace) parts.push('namespaces', segment(namespace));
  parts.push(segment(resource));
  if (name !== undefined) parts.push(segment(name));
  if (subresource) parts.push(subresource.split('/').map(segment).join('/'));
  const query = new URLSearchParams();
  for (const option of queryOptions) {
    const value = options[option];
    if (value !== undefined) query.set(option, String(value));
  }
  for (const [name, values] of Object.entries(call.query ?? {})) for (const value of values) query.append(name, value);
  if (options.dryRun) query.set('dryRun', 'All');
  if (call.verb === 'watch') query.set('watch', 'true');
  const text = query.toString();
  return parts.join('/') + (text === '' ? '' : `?${text}`);
}

const methods = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
} as const;
const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export interface RequestLine {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

/** The HTTP request that carries a call. */
export function requestOf(call: Call): RequestLine {
  const line = { method: methods[call.verb], path: requestPath(call) };
  if (call.verb === 'delete' || call.verb === 'deletecollection') {
    const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = call.options;
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...(call.body as object | undefined),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
      ...(preconditions === undefined ? {} : { preconditions }),
      ...(dryRun ? { dryRun: ['All'] } : {}),
    };
    return { ...line, contentType: 'application/json', body: JSON.stringify(body) };
  }
  if (call.body === undefined) return line;
  const contentType = call.verb === 'patch' ? patchTypes[call.patchType ?? 'merge'] : 'application/json';
  return { ...line, contentType, body: JSON.stringify(call.body) };
}
