import { badRequest } from '../../api/status.ts';
import type { Identity } from '../../client/call.ts';
import type { Passage } from '../chain.ts';
import { kindOf } from '../dispatch.ts';
import type { RequestInfo } from '../request-info.ts';
import type { ConnectRequest, Subresource } from '../types.ts';
import type { Exchange } from './exchange.ts';
import type { HttpDeps } from './passage.ts';
import { checkRoute } from './routed.ts';

export type Upgrade = NonNullable<ConnectRequest['upgrade']>;

type Connecting = Subresource & { readonly connect: NonNullable<Subresource['connect']> };
export function connectHandler(deps: HttpDeps, info: RequestInfo): Connecting | undefined {
  if (info.subresource === '') return undefined;
  const kind = deps.dispatch.kinds.byResource(info.group, info.version, info.resource);
  const handler = kind === undefined ? undefined : deps.dispatch.subresources.find(kind, info.subresource);
  return handler?.connect === undefined || Object.hasOwn(handler.verbs, info.verb) ? undefined : (handler as Connecting);
}

export async function connect(
  deps: HttpDeps,
  handler: Connecting,
  exchange: Exchange,
  { info, query }: Passage,
  identity: Identity,
  upgrade: Upgrade | undefined,
): Promise<void> {
  checkRoute(deps, exchange, info);
  if (query.dryRun !== undefined) throw badRequest('dryRun is not supported');
  const { request, response } = exchange.native();
  await handler.connect(
    {
      kind: kindOf(deps.dispatch.kinds, info),
      subresource: info.subresource,
      key: { namespace: info.namespace === '' ? undefined : info.namespace, name: info.name },
      identity,
      method: exchange.method,
      path: info.rest,
      search: exchange.search,
      query,
      request,
      response: upgrade === undefined ? response : undefined,
      upgrade,
      signal: exchange.signal,
    },
    deps.dispatch.subresourceDeps,
  );
}
