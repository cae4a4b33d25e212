import type { Call, Identity, Reply, Transport } from '../client/call.ts';
import { internalError } from '../api/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { requestPath } from '../client/request-path.ts';
import type { Audit } from './audit/audit.ts';
import type { AuditRecord } from './audit/record.ts';
import { asStatusError, authorize, isPanic } from './chain.ts';
import type { RequestInfo } from './request-info.ts';
import type { Aggregator } from './aggregate/aggregator.ts';
import { callRemote } from './aggregate/call.ts';
import { dispatch, type DispatchDeps } from './dispatch.ts';
import { apiServerUser, type ServerMetrics } from './metrics.ts';
import type { Authorizer } from './types.ts';
import type { Logger } from '../base/log.ts';

/** What upstream's program with this identity calls itself: field managers are named after it. */
function programOf({ user }: Identity): string {
  if (user.startsWith('system:node:')) return 'kubelet';
  if (user === 'system:apiserver') return 'kube-apiserver';
  const isController = user.startsWith('system:serviceaccount:kube-system:') && !user.endsWith(':coredns');
  return isController ? 'kube-controller-manager' : user.slice(user.lastIndexOf(':') + 1);
}

const applyType = 'application/apply-patch';
const never = new AbortController().signal;
const noQuery = Object.freeze(Object.create(null)) as Record<string, readonly string[]>;

export interface LocalDeps {
  readonly dispatch: DispatchDeps;
  readonly authorizer: Authorizer;
  readonly aggregator?: Aggregator | undefined;
  readonly audit?: Audit | undefined;
  readonly metrics: ServerMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

function recordOf({ clock, random }: LocalDeps, audit: Audit, call: Call, identity: Identity, info: RequestInfo): AuditRecord | undefined {
  const uri = requestPath(call);
  const record = audit.begin({
    auditId: random.uuid(),
    info: { ...info, path: uri.split('?', 1)[0]! },
    uri,
    identity,
    sourceIps: ['127.0.0.1'],
    userAgent: call.userAgent ?? programOf(identity),
    receivedMs: clock.now(),
  });
  if (call.verb === 'patch' || call.verb.startsWith('delete')) record?.sent(call.body);
  return record;
}
function endRecord(record: AuditRecord, { signal }: Call, reply: Reply): void {
  record.ended(reply.code);
  if (reply.type === 'object') record.responded(reply.object);
  else if (reply.type === 'list') record.responded(reply.list);
  if (reply.type !== 'watch' && reply.type !== 'stream') return void record.tell('ResponseComplete');
  record.tell('ResponseStarted');
  signal?.addEventListener('abort', () => record.tell('ResponseComplete'), { once: true });
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
    const attributes = {
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
    };
    if (identity.user === apiServerUser)
      deps.metrics.ownRequest({ ...attributes, parts: [], rest: '' }, '', call.patchType === 'apply' ? applyType : undefined);
    const record = deps.audit && recordOf(deps, deps.audit, call, identity, { ...attributes, parts: [], rest: '' });
    try {
      if (record?.tell('RequestReceived') === false) throw internalError('failed to store audit event');
      await authorize(deps.authorizer, { ...attributes, parts: [], rest: '' }, identity, record?.annotate);
      const userAgent = call.userAgent ?? programOf(identity);
      const remote = deps.aggregator?.remote(group, version);
      const reply =
        remote !== undefined
          ? await callRemote(remote, { ...call, userAgent }, identity)
          : await dispatch(deps.dispatch, {
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
              userAgent,
              signal: call.signal ?? never,
              annotate: record?.annotate,
              requested: record && ((object) => record.requested(object)),
            });
      if (record !== undefined) endRecord(record, call, reply);
      return reply;
    } catch (error) {
      const failure = asStatusError(error, deps.log, `${verb} ${resource}`);
      record?.ended(failure.code, failure.toStatus());
      if (isPanic(failure)) record?.tell('Panic');
      record?.tell('ResponseComplete');
      throw failure;
    }
  };
}
