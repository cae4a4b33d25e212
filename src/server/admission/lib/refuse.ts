import { forbidden, type StatusError } from '../../../api/status.ts';
import type { AdmissionContext } from '../../types.ts';

/** The 403 of an admission plugin: names the object, or what its name will begin with. */
export function refuse(context: AdmissionContext, why: string): StatusError {
  const metadata = context.object?.metadata ?? context.old?.metadata;
  const name = context.name || metadata?.name || metadata?.generateName || 'Unknown';
  return forbidden({ group: context.kind.group, resource: context.kind.plural }, name, why);
}

/** Whether a call is about a kind of the core group, and about which of its subresources. */
export const isCore = (context: AdmissionContext, kind: string, subresource = ''): boolean =>
  context.kind.group === '' && context.kind.kind === kind && context.subresource === subresource;
