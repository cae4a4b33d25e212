import type { AnyKind } from '../../api/kind.ts';
import type { Key } from '../../api/meta.ts';
import type { Transport } from '../../client/call.ts';

/** The part of an autoscaling/v1 Scale that controllers look at. */
export interface Scale {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly replicas: number; readonly selector?: string };
}

export const groupOfVersion = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
/** 'deployments.apps', as messages name resources. */
export const resourceName = ({ group, plural }: AnyKind): string => (group === '' ? plural : `${plural}.${group}`);

async function call(transport: Transport, kind: AnyKind, key: Key, verb: 'get' | 'update', body?: Scale): Promise<Scale> {
  const { group, version, plural: resource } = kind;
  const reply = await transport({ verb, group, version, resource, subresource: 'scale', ...key, options: {}, body });
  if (reply.type !== 'object') throw new TypeError(`expected a Scale, got a ${reply.type}`);
  return reply.object as unknown as Scale;
}
/** Throws StatusError; 404 when there is no such object. */
export const getScale = (transport: Transport, kind: AnyKind, { namespace, name }: Key): Promise<Scale> =>
  call(transport, kind, { namespace, name }, 'get');
/** Conflicts when the scale is not the newest. */
export const updateScale = (
  transport: Transport,
  kind: AnyKind,
  { namespace, name }: Key,
  scale: Scale,
  replicas: number,
): Promise<Scale> => call(transport, kind, { namespace, name }, 'update', { ...scale, spec: { ...scale.spec, replicas } });
