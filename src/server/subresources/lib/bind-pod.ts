import type { ApiObject } from '../../../api/meta.ts';
import { badRequest, conflict, fieldError, StatusError } from '../../../api/status.ts';
import { formatTime } from '../../../api/gotime.ts';
import type { Reply } from '../../../client/call.ts';
import type { SubresourceDeps, SubresourceRequest } from '../../types.ts';
import { setCondition } from './conditions.ts';
import { admit, bodyOf, created, kindOf, writeContext } from './request.ts';

const about = { group: '', resource: 'pods/binding' };

function check(binding: any): void {
  const errors = [];
  const { kind, name } = binding.target ?? {};
  if (kind && kind !== 'Node') errors.push(fieldError.notSupported('target.kind', kind, ['Node', '<empty>'], 'as given'));
  if (!name) errors.push(fieldError.required('target.name'));
  const texts = errors.map((error) => `${error.path}: ${error.text}`);
  if (texts.length > 0) throw new StatusError(500, '', texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`);
}

function checkPreconditions(binding: any, current: ApiObject, name: string): void {
  const { uid, resourceVersion } = binding.metadata ?? {};
  const failed = (what: string, asked: string, now: string) =>
    conflict(about, name, `Precondition failed: ${what} in precondition: ${asked}, ${what} in object meta: ${now}`);
  if (uid && uid !== current.metadata.uid) throw failed('UID', uid, current.metadata.uid);
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion)
    throw failed('ResourceVersion', resourceVersion, current.metadata.resourceVersion);
}

/** Gives a pod its node: once, and never while it is being deleted or gated. Labels and annotations of the binding go over to the pod. */
export async function bindPod(request: SubresourceRequest, deps: SubresourceDeps, urlName: string | undefined): Promise<Reply> {
  const binding = bodyOf(request, deps, '', 'Binding');
  const name: string = binding.metadata?.name ?? '';
  if (urlName !== undefined && name !== urlName) throw badRequest('name in URL does not match name in Binding object');
  check(binding);
  await admit(request, deps, 'CREATE', binding);
  const at = formatTime(deps.clock.now());
  const change = (pod: any, current: ApiObject) => {
    checkPreconditions(binding, current, name);
    const refuse = (why: string) => conflict(about, name, why);
    if (pod.metadata.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
    if (pod.spec.nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
    if (pod.spec.schedulingGates?.length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
    pod.spec.nodeName = binding.target.name;
    pod.status ??= {};
    delete pod.status.nominatedNodeName;
    const { annotations, labels } = binding.metadata;
    if (annotations !== undefined) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
    if (labels !== undefined) pod.metadata.labels = { ...pod.metadata.labels, ...labels };
    setCondition(pod.status, { type: 'PodScheduled', status: 'True' }, at);
  };
  const key = { namespace: request.key.namespace, name };
  await deps.resources.change(kindOf(deps, '', 'Pod'), key, 'binding', change, writeContext(request, { skipAdmission: true }));
  return created;
}
