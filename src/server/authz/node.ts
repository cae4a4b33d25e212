import type { ApiObject } from '../../api/meta.ts';
import type { Identity } from '../../client/call.ts';
import type { Attributes, PolicyRule, Resources, Verdict } from '../types.ts';
import { clusterRoles } from './bootstrap/cluster-roles.ts';
import { expandRule } from './bootstrap/policy.ts';
import { follow, type FollowOptions } from './follow.ts';
import type { AuthorizerMode } from './modes.ts';
import { type PodLike, podReferences } from '../../kinds/core/lib/pod-references.ts';
import { ruleAllows } from './rules.ts';

/** The node that an identity speaks for: user system:node:<name> in the group system:nodes. undefined when it is no node. */
export function nodeOf(identity: Identity): string | undefined {
  if (!identity.groups.includes('system:nodes') || !identity.user.startsWith('system:node:')) return undefined;
  return identity.user.slice('system:node:'.length);
}

const allow: Verdict = { decision: 'allow', reason: '' };
const none: Verdict = { decision: 'noOpinion', reason: '' };
const refuse = (reason: string): Verdict => ({ decision: 'noOpinion', reason });
const lifeVerbs = ['get', 'create', 'update', 'patch', 'delete'];

/** Whether a field selector asks for exactly one value of a field. */
const selects = (selector: string | undefined, field: string, value: string) =>
  (selector ?? '').split(',').some((term) => term === `${field}=${value}` || term === `${field}==${value}`);

/** What each node's pods refer to, counted, since several pods may refer to the same. */
class NodeGraph {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #pods = new Map<string, { readonly node: string; readonly references: readonly string[] }>();

  has(node: string, reference: string): boolean {
    return this.#counts.get(node)?.has(reference) ?? false;
  }
  reset(pods: readonly ApiObject[]): void {
    this.#counts.clear();
    this.#pods.clear();
    for (const pod of pods) this.put(pod);
  }
  put(object: ApiObject): void {
    const pod = object as PodLike;
    const node = pod.spec?.nodeName ?? '';
    const id = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const known = this.#pods.get(id);
    const references = node === '' ? [] : podReferences(pod);
    if (
      known?.node === node &&
      known.references.length === references.length &&
      known.references.every((text, at) => text === references[at])
    )
      return;
    this.remove(object);
    if (node === '') return;
    this.#pods.set(id, { node, references });
    const counts = this.#counts.get(node) ?? new Map<string, number>();
    this.#counts.set(node, counts);
    for (const reference of references) counts.set(reference, (counts.get(reference) ?? 0) + 1);
  }
  remove(object: ApiObject): void {
    const id = `${object.metadata.namespace}/${object.metadata.name}`;
    const known = this.#pods.get(id);
    if (known === undefined) return;
    this.#pods.delete(id);
    const counts = this.#counts.get(known.node)!;
    for (const reference of known.references) {
      const left = counts.get(reference)! - 1;
      if (left === 0) counts.delete(reference);
      else counts.set(reference, left);
    }
    if (counts.size === 0) this.#counts.delete(known.node);
  }
}

/**
 * Decides about one request of a node; `related` tells whether the object has to do with a pod of the node, or `test` of the stored
 * object itself does, for what no pod names.
 */
type Related = (resource: string, test?: Test) => Promise<Verdict>;
type Test = (object: any, node: string, isNamed: (reference: string) => Promise<boolean>) => Promise<boolean> | boolean;
type Rule = (node: string, request: Attributes, related: Related) => Promise<Verdict> | Verdict;

const readNamespaced: Rule = (_node, request, related) => {
  if (!['get', 'list', 'watch'].includes(request.verb)) return refuse('can only read resources of this type');
  if (request.subresource !== '') return refuse('cannot read subresource');
  if (request.namespace === '') return refuse('can only read namespaced object of this type');
  return related(request.resource);
};
const get = (request: Attributes, related: Related, test?: Test) => {
  if (request.verb !== 'get') return refuse('can only get individual resources of this type');
  return request.subresource === '' ? related(request.resource, test) : refuse('cannot get subresource');
};
const getOnly: Rule = (_node, request, related) => get(request, related);
/** A volume belongs to the pods that use its claim. */
const volumes: Rule = (_node, request, related) =>
  get(request, related, ({ spec }, _name, isNamed) => {
    const { namespace, name } = spec.claimRef ?? {};
    return name !== undefined && isNamed(`persistentvolumeclaims/${namespace}/${name}`);
  });
const attachments: Rule = (_node, request, related) => get(request, related, ({ spec }, node) => spec.nodeName === node);
const slices: Rule = (node, request, related) => {
  if (request.subresource !== '') return refuse('cannot authorize ResourceSlice subresources');
  if (request.verb === 'create') return allow;
  if (lifeVerbs.includes(request.verb)) return related(request.resource, ({ spec }, name) => spec.nodeName === name);
  if (!['watch', 'list', 'deletecollection'].includes(request.verb)) {
    const allowed = 'get, watch, list, create, update, patch, delete, deletecollection';
    return refuse(`only the following verbs are allowed for a ResourceSlice: ${allowed}`);
  }
  if (selects(request.fieldSelector, 'spec.nodeName', node)) return allow;
  return refuse('can only list/watch/deletecollection resourceslices with nodeName field selector');
};
const leases: Rule = (node, request) => {
  if (!lifeVerbs.includes(request.verb)) return refuse('can only get, create, update, patch, or delete a node lease');
  if (request.namespace !== 'kube-node-lease') return refuse('can only access leases in the "kube-node-lease" system namespace');
  if (request.verb !== 'create' && request.name !== node)
    return refuse('can only access node lease with the same name as the requesting node');
  return allow;
};
const csiNodes: Rule = (node, request) => {
  if (!lifeVerbs.includes(request.verb)) return refuse('can only get, create, update, patch, or delete a CSINode');
  if (request.subresource !== '') return refuse('cannot authorize CSINode subresources');
  if (request.verb !== 'create' && request.name !== node)
    return refuse('can only access CSINode with the same name as the requesting node');
  return allow;
};
const serviceAccounts: Rule = (node, request, related) => {
  if (request.verb === 'get' && request.subresource === '') return readNamespaced(node, request, related);
  if (request.verb !== 'create' || request.name === '') return refuse('can only create tokens for individual service accounts');
  if (request.subresource !== 'token') return refuse('can only create token subresource of serviceaccount');
  return related('serviceaccounts');
};
const nodes: Rule = (node, request) => {
  if (request.subresource === 'status') return ['update', 'patch'].includes(request.verb) ? allow : refuse('');
  if (request.subresource !== '') return refuse('');
  if (['create', 'update', 'patch'].includes(request.verb)) return allow;
  if (!['get', 'list', 'watch'].includes(request.verb)) return refuse('');
  if (request.name === node || selects(request.fieldSelector, 'metadata.name', node)) return allow;
  if (request.name === '') return refuse(`node '${node}' cannot read all nodes, only its own Node object`);
  return refuse(`node '${node}' cannot read '${request.name}', only its own Node object`);
};
const pods: Rule = (node, request, related) => {
  if (request.subresource === 'status') return ['update', 'patch'].includes(request.verb) ? allow : refuse('');
  if (request.subresource === 'eviction') return request.verb === 'create' ? allow : refuse('');
  if (request.subresource !== '') return refuse('');
  if (request.verb === 'create' || request.verb === 'delete') return allow;
  if (request.verb === 'get') return related('pods');
  if (request.verb !== 'list' && request.verb !== 'watch') return refuse('');
  if (selects(request.fieldSelector, 'spec.nodeName', node)) return allow;
  return request.name === '' ? refuse('can only list/watch pods with spec.nodeName field selector') : related('pods');
};
const claims: Rule = (node, request, related) => {
  if (request.subresource !== 'status') return getOnly(node, request, related);
  return ['update', 'patch'].includes(request.verb) ? related('persistentvolumeclaims') : refuse('can only get/update/patch this type');
};

const rules: Readonly<Record<string, Rule>> = {
  secrets: readNamespaced,
  configmaps: readNamespaced,
  persistentvolumeclaims: claims,
  serviceaccounts: serviceAccounts,
  nodes,
  pods,
  'leases.coordination.k8s.io': leases,
  'csinodes.storage.k8s.io': csiNodes,
  persistentvolumes: volumes,
  'volumeattachments.storage.k8s.io': attachments,
  'resourceclaims.resource.k8s.io': getOnly,
  'resourceslices.resource.k8s.io': slices,
};

/**
 * The Node authorizer: a kubelet reads only what pods bound to its node refer to, and writes only its own node, lease and
 * pods (which NodeRestriction then checks by content). An object that the index does not know of yet is looked for in the
 * store before it is refused, so a kubelet that is faster than the index is not turned away.
 */
export function createNodeAuthorizer(
  options: FollowOptions & { readonly resources: Pick<Resources, 'kinds' | 'watch' | 'list' | 'get'> },
): AuthorizerMode & { readonly ready: Promise<void> } {
  const graph = new NodeGraph();
  const podKind = options.resources.kinds.byKind('', 'Pod');
  const ready = podKind === undefined ? Promise.resolve() : follow(options.resources, podKind, graph, options);
  const nodeRules: readonly PolicyRule[] = clusterRoles.find((role) => role.name === 'system:node')!.rules.map(expandRule);

  const stored = async (node: string, namespace: string, reference: string): Promise<boolean> => {
    if (podKind === undefined) return false;
    const present = (await options.resources.list(podKind, namespace)) as readonly PodLike[];
    return present.some((pod) => pod.spec?.nodeName === node && podReferences(pod).includes(reference));
  };
  const authorize = (request: Attributes): Promise<Verdict> | Verdict => {
    const node = nodeOf(request.identity);
    if (node === undefined) return none;
    if (node === '') return refuse(`unknown node for user ${JSON.stringify(request.identity.user)}`);
    const rule = request.isResource ? rules[request.group === '' ? request.resource : `${request.resource}.${request.group}`] : undefined;
    if (rule === undefined) return nodeRules.some((candidate) => ruleAllows(candidate, request)) ? allow : refuse('');
    return rule(node, request, async (resource, test) => {
      if (request.name === '') return refuse('No Object name found');
      const isNamed = async (reference: string) =>
        graph.has(node, reference) || (await stored(node, reference.split('/')[1] ?? '', reference));
      const kind = test && options.resources.kinds.all.find(({ group, plural }) => group === request.group && plural === resource);
      const object = kind && (await options.resources.get<ApiObject>(kind, { name: request.name }));
      const isRelated = test
        ? object !== undefined && (await test(object, node, isNamed))
        : await isNamed(`${resource}/${request.namespace}/${request.name}`);
      if (isRelated) return allow;
      return refuse(`no relationship found between node '${node}' and this object`);
    });
  };
  return {
    authorize,
    ready,
    rulesFor: (identity) =>
      nodeOf(identity) === undefined
        ? { rules: [], errors: [] }
        : { rules: [], errors: ['node authorizer does not support user rule resolution'], incomplete: true },
  };
}
