import type { Call, Identity, Reply, Transport } from '../client/call.ts';
import { asStatusError, demand } from './chain.ts';
import { dispatch, type DispatchDeps } from './dispatch.ts';
import type { Authorizer } from './types.ts';
import type { Logger } from '../base/log.ts';

/** What upstream's program with this identity calls itself: field managers are named after it. */
function programOf({ user }: Identity): string {
  if (user.startsWith('system:node:')) return 'kubelet';
  if (user === 'system:apiserver') return 'kube-apiserver';
  const isController = user.startsWith('system:serviceaccount:kube-system:') && !user.endsWith(':coredns');
  return isController ? 'kube-controller-manager' : user.slice(user.lastIndexOf(':') + 1);
}

const never = new AbortController().signal;
const noQuery = Object.freeze(Object.create(null)) as Record<string, readonly string[]>;

export interface LocalDeps {
  readonly dispatch: DispatchDeps;
  readonly authorizer: Authorizer;
  readonly log: Logger;
}

/**
 * The server as a transport within this process, for a given identity: the same authorization, admission and rules as for a
 * remote caller, without limits. Objects are passed by reference in both directions of an answer.
 */
export function createLocalTransport(deps: LocalDeps, given: Identity): Transport {
  return async (call: Call): Promise<Reply> => {
    const identity = call.identity ?? given;
    const { verb, group, version, resource, options } = call;
    const subresource = call.subresource ?? '';
    const namespace = call.namespace ?? (group === '' && resource === 'namespaces' ? (call.name ?? '') : '');
    const name = call.name ?? '';
    try {
      await demand(deps.authorizer, {
        identity,
        verb,
        group,
        version,
        resource,
        subresource,
        namespace,
        name,
        path: '',
        isResource: true,
        fieldSelector: options.fieldSelector,
        labelSelector: options.labelSelector,
      });
      return await dispatch(deps.dispatch, {
        verb,
        group,
        version,
        resource,
        subresource,
        namespace: call.namespace ?? '',
        name,
        options,
        query: call.query ?? noQuery,
        body: async () => call.body,
        patchType: call.patchType,
        identity,
        userAgent: call.userAgent ?? programOf(identity),
        signal: call.signal ?? never,
      });
    } catch (error) {
      throw asStatusError(error, deps.log, `${verb} ${resource}`);
    }
  };
}
