import { isDeepStrictEqual } from 'node:util';
import { conflict, notFound } from '../../api/status.ts';
import { nodeOf } from '../authz/node.ts';
import { podReferences } from '../../kinds/core/lib/pod-references.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { forbiddenLabels } from './lib/node-labels.ts';
import { refuse } from './lib/refuse.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
type Check = (node: string, context: AdmissionContext) => Promise<void> | void;

const lookUp = async ({ deps }: AdmissionContext, kindName: string, namespace: string | undefined, name: string): Promise<any> => {
  const kind = deps.resources.kinds.byKind('', kindName);
  const found = kind === undefined ? undefined : await deps.resources.get(kind, { namespace, name });
  if (found === undefined) throw notFound({ group: '', resource: `${kindName.toLowerCase()}s` }, name);
  return found;
};

async function checkMirrorPod(node: string, context: AdmissionContext): Promise<void> {
  const pod = context.object;
  const only = (why: string) => refuse(context, `node ${JSON.stringify(node)} can only create pods with ${why}`);
  if (!Object.hasOwn(pod.metadata.annotations ?? {}, mirrorAnnotation))
    throw refuse(
      context,
      `pod does not have ${JSON.stringify(mirrorAnnotation)} annotation, node ${JSON.stringify(node)} can only create mirror pods`,
    );
  if (pod.spec.nodeName !== node) throw only('spec.nodeName set to itself');
  const owners: readonly any[] = pod.metadata.ownerReferences ?? [];
  if (owners.length > 1) throw only('a single owner reference set to itself');
  const [owner] = owners;
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) throw only('an owner reference set to itself');
  if (owner.controller !== true) throw only('a controller owner reference set to itself');
  if (owner.blockOwnerDeletion === true)
    throw refuse(context, `node ${JSON.stringify(node)} must not set blockOwnerDeletion on an owner reference`);
  const { uid } = (await lookUp(context, 'Node', undefined, node)).metadata;
  if (owner.uid !== uid) throw refuse(context, `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`);
  const foreign = podReferences(pod).find((reference) => !reference.startsWith('pods/'));
  if (foreign !== undefined)
    throw refuse(context, `node ${JSON.stringify(node)} can not create pods that reference ${foreign.split('/')[0]}`);
}

const checkPod: Check = async (node, context) => {
  const name = JSON.stringify(node);
  if (context.subresource === 'status') {
    const old = context.old as any;
    if (context.operation !== 'UPDATE') throw refuse(context, `unexpected operation ${JSON.stringify(context.operation)}`);
    if (old.spec.nodeName !== node)
      throw refuse(context, `node ${name} can only update pod status for pods with spec.nodeName set to itself`);
    if (!isDeepStrictEqual(old.metadata.labels ?? {}, { ...context.object.metadata.labels }))
      throw refuse(context, `node ${name} cannot update labels through pod status`);
    return;
  }
  if (context.subresource === 'eviction') {
    const pod = await lookUp(context, 'Pod', context.namespace, context.name);
    if (pod.spec.nodeName !== node) throw refuse(context, `node ${node} can only evict pods with spec.nodeName set to itself`);
    return;
  }
  if (context.subresource !== '')
    throw refuse(context, `unexpected pod subresource ${JSON.stringify(context.subresource)}, only 'status' and 'eviction' are allowed`);
  if (context.operation === 'CREATE') return checkMirrorPod(node, context);
  if (context.operation !== 'DELETE')
    throw refuse(context, `unexpected operation ${JSON.stringify(context.operation)}, node ${name} can only create and delete mirror pods`);
  const pod = (context.old as any) ?? (await lookUp(context, 'Pod', context.namespace, context.name));
  if (pod.spec.nodeName !== node) throw refuse(context, `node ${name} can only delete pods with spec.nodeName set to itself`);
};

const checkNode: Check = (node, context) => {
  const name = context.name || context.object?.metadata?.name;
  if (name !== node) throw refuse(context, `node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(name)}`);
  if (context.operation === 'CREATE') {
    const labels = forbiddenLabels(context.object.metadata.labels ?? {}, {});
    if (labels.length > 0)
      throw refuse(context, `node ${JSON.stringify(node)} is not allowed to set the following labels: ${labels.join(', ')}`);
  }
  if (context.operation !== 'UPDATE') return;
  const { object } = context;
  const old = context.old as any;
  const quoted = JSON.stringify(node);
  if (!isDeepStrictEqual(plain(object.spec?.taints ?? []), plain(old.spec?.taints ?? [])))
    throw refuse(context, `node ${quoted} is not allowed to modify taints`);
  if (!isDeepStrictEqual(plain(object.metadata.ownerReferences ?? []), plain(old.metadata.ownerReferences ?? [])))
    throw refuse(context, `node ${quoted} is not allowed to modify ownerReferences`);
  const labels = forbiddenLabels(object.metadata.labels ?? {}, old.metadata.labels ?? {});
  if (labels.length > 0) throw refuse(context, `is not allowed to modify labels: ${labels.join(', ')}`);
};
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const checkToken: Check = async (node, context) => {
  if (context.operation !== 'CREATE' || context.subresource !== 'token') return;
  const { boundObjectRef: ref, audiences = [] } = context.object.spec;
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) throw refuse(context, 'node requested token not bound to a pod');
  if (!ref.uid) throw refuse(context, 'node requested token with a pod binding without a uid');
  const pod = await lookUp(context, 'Pod', context.namespace, ref.name);
  if (ref.uid !== pod.metadata.uid)
    throw conflict(
      { group: '', resource: 'pods' },
      ref.name,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  if (pod.spec.nodeName !== node) throw refuse(context, 'node requested token bound to a pod scheduled on a different node');
  if (audiences.length > 1) throw refuse(context, 'node may only request 0 or 1 audiences');
  const wanted = audiences[0] ?? '';
  const offered = (pod.spec.volumes ?? [])
    .flatMap((volume: any) => volume.projected?.sources ?? [])
    .map((source: any) => source.serviceAccountToken);
  if (offered.some((token: any) => token !== undefined && (token.audience ?? '') === wanted)) return;
  const { authorize } = context.deps;
  const verdict = await authorize({
    identity: context.identity,
    verb: 'request-serviceaccounts-token-audience',
    group: '',
    version: 'v1',
    resource: wanted,
    subresource: '',
    namespace: context.namespace,
    name: context.name,
    path: '',
    isResource: true,
  });
  if (verdict.decision !== 'allow')
    throw refuse(
      context,
      `audience ${JSON.stringify(wanted)} not found in pod spec volume, ${context.identity.user} is not authorized to request tokens for this audience`,
    );
};

const checkLease: Check = (node, context) => {
  if (context.namespace !== 'kube-node-lease') throw refuse(context, 'can only access leases in the "kube-node-lease" system namespace');
  if ((context.name || context.object?.metadata?.name) !== node)
    throw refuse(context, 'can only access node lease with the same name as the requesting node');
};
const checkCsiNode: Check = (node, context) => {
  if ((context.name || context.object?.metadata?.name) !== node)
    throw refuse(context, 'can only access CSINode with the same name as the requesting node');
};
const checkSlice: Check = (node, context) => {
  const { operation, object, old } = context;
  const slice: any = operation === 'DELETE' ? old : object;
  if (operation === 'UPDATE' || slice?.spec?.nodeName === node) return;
  const verb = operation === 'DELETE' ? 'delete' : 'create';
  throw refuse(context, `can only ${verb} ResourceSlice with the same NodeName as the requesting node`);
};
const checkClaim: Check = (_node, context) => {
  if (context.subresource !== 'status') throw refuse(context, 'may only update PVC status');
};

const checks: Readonly<Record<string, Check>> = {
  '/Pod': checkPod,
  '/Node': checkNode,
  '/PersistentVolumeClaim': checkClaim,
  '/ServiceAccount': checkToken,
  'coordination.k8s.io/Lease': checkLease,
  'storage.k8s.io/CSINode': checkCsiNode,
  'resource.k8s.io/ResourceSlice': checkSlice,
};

/** A kubelet writes only its own node, lease and pods, and asks only for tokens of pods that it runs. */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  async mutate(context) {
    const node = nodeOf(context.identity);
    if (node === undefined || context.operation === 'CONNECT') return;
    if (node === '') throw refuse(context, `could not determine node from user ${JSON.stringify(context.identity.user)}`);
    await checks[`${context.kind.group}/${context.kind.kind}`]?.(node, context);
  },
};
