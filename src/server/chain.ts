import { forbidden, internalError, StatusError, timeout, unauthorized } from '../api/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Identity } from '../client/call.ts';
import { Impersonation } from './impersonation.ts';
import type { Limiter } from './limits.ts';
import type { RequestInfo } from './request-info.ts';
import type { Attributes, AuthenticationRequest, Authenticator, Authorizer } from './types.ts';

export interface ChainOptions {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly log: Logger;
}
export type Handler<T> = (identity: Identity, signal: AbortSignal) => Promise<T>;

const requestTimeoutMs = 60_000;

/** Everything a remote request passes before its handler, in order. Throws only StatusError. */
export class Chain {
  readonly #options: ChainOptions;
  readonly #impersonation: Impersonation;

  constructor(options: ChainOptions) {
    this.#options = options;
    this.#impersonation = new Impersonation(options.authorizer);
  }
  async run<T>(
    info: RequestInfo,
    from: AuthenticationRequest,
    timeoutMs: number | undefined,
    signal: AbortSignal,
    handler: Handler<T>,
  ): Promise<T> {
    const { authorizer, limiter, log } = this.#options;
    try {
      const caller = await this.authenticate(from, info.path);
      const other = this.#impersonation.of(from, info, caller);
      const identity = other === undefined ? caller : (await other).identity;
      if (isLong(info)) {
        await authorize(authorizer, info, identity);
        return await handler(identity, signal);
      }
      const leave = await limiter.enter(info.verb, identity);
      try {
        await authorize(authorizer, info, identity);
        return await this.#inTime(Math.min(timeoutMs ?? requestTimeoutMs, requestTimeoutMs), signal, (limited) =>
          handler(identity, limited),
        );
      } finally {
        leave();
      }
    } catch (error) {
      throw asStatusError(error, log, info.path);
    }
  }
  async authenticate(from: AuthenticationRequest, path: string): Promise<Identity> {
    const answer = this.#options.authenticator(from, path);
    const identity = answer instanceof Promise ? await answer : answer;
    if (identity === undefined) throw unauthorized();
    return identity;
  }
  async #inTime<T>(timeoutMs: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const over = new AbortController();
    const timer = this.#options.clock.setTimer(timeoutMs, () => {
      const error = timeout('request did not complete within the requested timeout - context deadline exceeded');
      over.abort(error);
      late.reject(error);
    });
    const onAbort = () => over.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([work(over.signal), late.promise]);
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }
}

const longSubresources = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);
/** Requests that may last: not limited in number or time. */
export const isLong = (info: RequestInfo): boolean => info.isResource && (info.verb === 'watch' || longSubresources.has(info.subresource));

export function attributesOf(info: RequestInfo, identity: Identity): Attributes {
  const { isResource, verb, group, version, resource, subresource, namespace, name, path, fieldSelector, labelSelector } = info;
  return { identity, isResource, verb, group, version, resource, subresource, namespace, name, path, fieldSelector, labelSelector };
}

export async function authorize(authorizer: Authorizer, info: RequestInfo, identity: Identity): Promise<void> {
  await demand(authorizer, attributesOf(info, identity));
}
/** Throws Forbidden in upstream's words unless the authorizer allows. */
export async function demand(authorizer: Authorizer, attributes: Attributes): Promise<void> {
  const pending = authorizer(attributes);
  const verdict = pending instanceof Promise ? await pending : pending;
  if (verdict.decision === 'allow') return;
  if (verdict.error !== undefined) throw internalError(verdict.error);
  throw refusal(attributes, verdict.reason);
}

/** Forbidden, in upstream's words. */
export function refusal(attributes: Attributes, reason: string): StatusError {
  const { identity, verb, group, resource, subresource, namespace, name, path } = attributes;
  const user = JSON.stringify(identity.user);
  const suffix = reason === '' ? '' : `: ${reason}`;
  if (!attributes.isResource) {
    return new StatusError(403, 'Forbidden', `forbidden: User ${user} cannot ${verb} path ${JSON.stringify(path)}${suffix}`, {});
  }
  const what = JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const why = `User ${user} cannot ${verb} resource ${what} in API group ${JSON.stringify(group)} ${where}${suffix}`;
  return forbidden({ group, resource }, name, why);
}

/** What a client is told of an error. What is not meant for it is logged, and told in short. */
export function asStatusError(error: unknown, log: Logger, path: string): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof URIError) return new StatusError(400, 'BadRequest', error.message);
  log.error('a request failed inside the server', { path, error });
  return internalError(error instanceof Error ? error.message : String(error));
}
