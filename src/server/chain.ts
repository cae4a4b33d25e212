import { goQuote } from '../api/go-text.ts';
import { forbidden, internalError, StatusError, timeout, unauthorized } from '../api/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Identity } from '../client/call.ts';
import type { Audit } from './audit/audit.ts';
import { sourceIps } from './audit/caller.ts';
import type { AuditRecord } from './audit/record.ts';
import { type Seat, TooManyRequests } from './flowcontrol/flow-control.ts';
import { Impersonation } from './impersonation.ts';
import type { Query } from './options.ts';
import type { ChainMetrics } from './chain-metrics.ts';
import type { RequestInfo } from './request-info.ts';
import type { RequestTrace } from './tracing/request-trace.ts';
import type { CredentialNote, Annotate, Attributes, AuthenticationRequest, Authenticator, Authorizer, Verdict } from './types.ts';

/** Who lets requests in, and makes them wait or turns them away when there are too many. */
export interface Gate {
  /** Throws TooManyRequests. */
  enter(info: RequestInfo, identity: Identity, query: Query): Seat | Promise<Seat>;
  /** What waiting for it is called in traces. Absent: it is no part of them. */
  readonly tracedAs?: string;
}
export interface ChainOptions {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly gate: Gate;
  /** Absent: nothing is written down. */
  readonly audit?: Audit | undefined;
  /** Absent: nothing is counted. */
  readonly metrics?: ChainMetrics | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}
/** A request on its way through the chain, and what the steps leave on it. */
export interface Passage {
  readonly info: RequestInfo;
  readonly query: Query;
  readonly from: AuthenticationRequest;
  /** Aborts when the client goes away. Made when it is first asked for. */
  readonly signal: AbortSignal;
  /** What the client asked for. */
  readonly timeoutMs?: number | undefined;
  /** Path and query, as they came. */
  readonly uri: string;
  readonly receivedMs: number;
  /** Of the answer. */
  readonly headers: Record<string, string>;
  waitedMs: number;
  /** Who asks, once that is known. */
  user?: string | undefined;
  /** What is written down of it; undefined: nothing, or nothing yet. */
  audit: AuditRecord | undefined;
  /** Absent: nothing is traced. */
  readonly trace?: RequestTrace | undefined;
}
/** How long a request is worked on. Few ask for the signal, so that it is made when they do. */
export interface Until {
  readonly signal: AbortSignal;
}
export type Handler<T> = (identity: Identity, until: Until) => Promise<T>;

const requestTimeoutMs = 60_000;

/** Tells what there is to tell of good credentials: the audit log by annotations, the client by warnings. */
function tellNotes({ headers }: Passage, notes: readonly CredentialNote[] | undefined, record: AuditRecord | undefined): void {
  for (const note of notes ?? []) {
    if (note.type === 'annotation') record?.annotate(note.key, note.value);
    else headers.warning = `299 - ${JSON.stringify(note.text)}`;
  }
}

/** Everything a remote request passes before its handler, in order. Throws only StatusError. */
export class Chain {
  readonly #options: ChainOptions;
  readonly #impersonation: Impersonation;

  constructor(options: ChainOptions) {
    this.#options = options;
    this.#impersonation = new Impersonation(options.authorizer);
  }
  /** `write` sends what the handler made: no longer in the request's time, but while it still counts as one that is worked on. */
  async run<T>(passage: Passage, handler: Handler<T>, write?: (made: T) => Promise<void>): Promise<T> {
    const { info, from, trace } = passage;
    const { gate, log, metrics, clock } = this.#options;
    let isJudged = true;
    try {
      const caller = await this.#caller(passage);
      isJudged = false;
      let lastMs = clock.monotonic();
      const filtered = (filter: string) => {
        const nowMs = clock.monotonic();
        metrics?.filtered(filter, (nowMs - lastMs) / 1000);
        lastMs = nowMs;
      };
      trace?.enter('constrainedimpersonation');
      const pendingOther = this.#impersonation.of(from, info, caller);
      const other = pendingOther === undefined ? undefined : await pendingOther;
      const identity = other?.identity ?? caller;
      passage.user = identity.user;
      if (other !== undefined) passage.audit?.impersonates(identity, other.constraint);
      filtered('constrainedimpersonation');
      if (gate.tracedAs !== undefined) trace?.enter(gate.tracedAs);
      const isWatch = info.isResource && info.verb === 'watch';
      if (isLong(info) && !isWatch) {
        trace?.enter('authorization');
        await this.#authorize(passage, identity);
        isJudged = true;
        filtered('authorization');
        const made = await handler(identity, passage);
        await write?.(made);
        return made;
      }
      const pending = this.#enter(passage, identity);
      const seat = pending instanceof Promise ? await pending : pending;
      tellGate(passage, seat);
      passage.waitedMs = seat.waitedMs;
      if (gate.tracedAs !== undefined) filtered(gate.tracedAs);
      try {
        trace?.enter('authorization');
        await this.#authorize(passage, identity);
        isJudged = true;
        filtered('authorization');
        if (!isWatch) {
          const timeoutMs = Math.min(passage.timeoutMs ?? requestTimeoutMs, requestTimeoutMs);
          const made = await this.#inTime(timeoutMs, passage, (limited) => handler(identity, limited));
          await write?.(made);
          return made;
        }
        const made = await handler(identity, passage);
        // A watch counts until it has begun.
        seat.leave();
        await write?.(made);
        return made;
      } finally {
        seat.leave();
      }
    } catch (error) {
      if (!isJudged) passage.headers['x-content-type-options'] = 'nosniff';
      throw asStatusError(error, log, info.path);
    }
  }
  async #caller(passage: Passage): Promise<Identity> {
    const { audit } = this.#options;
    const { info, from, uri } = passage;
    if (audit === undefined && passage.trace === undefined) {
      const caller = await this.authenticate(from, info.path);
      if (from.notes !== undefined) tellNotes(passage, from.notes, undefined);
      return caller;
    }
    const begin = (identity: Identity | undefined) => {
      const input = { auditId: passage.headers['audit-id']!, info, uri, identity, receivedMs: passage.receivedMs };
      return audit?.begin({ ...input, sourceIps: sourceIps(from), userAgent: String(from.headers['user-agent'] ?? '') });
    };
    let caller: Identity;
    try {
      caller = await this.authenticate(from, info.path);
    } catch (error) {
      const failed = begin(undefined);
      tellNotes(passage, from.notes, failed);
      if (failed !== undefined && error instanceof StatusError) {
        failed.ended(error.code, error.toStatus());
        failed.tell('ResponseStarted');
      }
      throw error;
    }
    passage.trace?.authenticated(caller);
    passage.trace?.enter('audit');
    const record = begin(caller);
    passage.audit = record;
    tellNotes(passage, from.notes, record);
    if (record?.tell('RequestReceived') === false) throw internalError('failed to store audit event');
    return caller;
  }
  #enter(passage: Passage, identity: Identity): Seat | Promise<Seat> {
    const refused = (error: unknown): never => {
      if (error instanceof TooManyRequests) tellGate(passage, error);
      throw error;
    };
    try {
      const pending = this.#options.gate.enter(passage.info, identity, passage.query);
      return pending instanceof Promise ? pending.catch(refused) : pending;
    } catch (error) {
      return refused(error);
    }
  }
  #authorize({ info, audit }: Passage, identity: Identity): Promise<void> {
    const { authorizer, metrics, clock } = this.#options;
    const startMs = clock.monotonic();
    return authorize(authorizer, info, identity, audit?.annotate, (verdict) =>
      metrics?.authorized(verdict, (clock.monotonic() - startMs) / 1000),
    );
  }
  async authenticate(from: AuthenticationRequest, path: string): Promise<Identity> {
    const { authenticator, metrics, clock } = this.#options;
    const startMs = clock.monotonic();
    const told = (identity: Parameters<ChainMetrics['authenticated']>[0]) => {
      const took = (clock.monotonic() - startMs) / 1000;
      metrics?.authenticated(identity, took);
      metrics?.filtered('authentication', took);
    };
    let identity: Identity | undefined;
    try {
      const answer = authenticator(from, path);
      identity = answer instanceof Promise ? await answer : answer;
    } catch (error) {
      told('error');
      throw error;
    }
    told(identity);
    if (identity === undefined) throw unauthorized();
    return identity;
  }
  async #inTime<T>(timeoutMs: number, client: Until, work: (until: Until) => Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const limit = new Limit(client);
    const timer = this.#options.clock.setTimer(timeoutMs, () => {
      const error = timeout('request did not complete within the requested timeout - context deadline exceeded');
      limit.pass(error);
      late.reject(error);
    });
    try {
      return await Promise.race([work(limit), late.promise]);
    } finally {
      timer.cancel();
    }
  }
}

/** Until the client goes away, or until it is told that the time has passed. */
class Limit implements Until {
  readonly #client: Until;
  #signal: AbortSignal | undefined;
  #own: AbortController | undefined;
  #passed: StatusError | undefined;
  constructor(client: Until) {
    this.#client = client;
  }
  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#own = new AbortController();
      if (this.#passed !== undefined) this.#own.abort(this.#passed);
      this.#signal = AbortSignal.any([this.#client.signal, this.#own.signal]);
    }
    return this.#signal;
  }
  pass(reason: StatusError): void {
    this.#passed = reason;
    this.#own?.abort(reason);
  }
}

/** By what flow schema and priority level the request was let in. Not by their names: those may be nobody's business. */
function tellGate({ headers }: Passage, { schemaUid, levelUid }: Pick<Seat, 'schemaUid' | 'levelUid'>): void {
  if (schemaUid !== '') headers['x-kubernetes-pf-flowschema-uid'] = schemaUid;
  if (levelUid !== '') headers['x-kubernetes-pf-prioritylevel-uid'] = levelUid;
}

const longSubresources = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);
/** Requests that may last: not limited in number or time. */
export const isLong = ({ isResource, verb, subresource, path }: RequestInfo): boolean =>
  isResource ? verb === 'watch' || verb === 'proxy' || longSubresources.has(subresource) : path.startsWith('/debug/pprof/');

export function attributesOf(info: RequestInfo, identity: Identity): Attributes {
  const { isResource, verb, group, version, resource, subresource, namespace, name, path, fieldSelector, labelSelector } = info;
  return { identity, isResource, verb, group, version, resource, subresource, namespace, name, path, fieldSelector, labelSelector };
}

/** Throws Forbidden unless the authorizer allows. The decision is noted. */
export async function authorize(
  authorizer: Authorizer,
  info: RequestInfo,
  identity: Identity,
  annotate?: Annotate,
  observe?: (verdict: Verdict) => void,
): Promise<void> {
  const attributes = attributesOf(info, identity);
  const pending = authorizer(attributes);
  const verdict = pending instanceof Promise ? await pending : pending;
  observe?.(verdict);
  if (annotate !== undefined) {
    const isAllowed = verdict.decision === 'allow';
    annotate('authorization.k8s.io/decision', isAllowed ? 'allow' : 'forbid');
    annotate('authorization.k8s.io/reason', !isAllowed && verdict.error !== undefined ? 'internal error' : verdict.reason);
  }
  demandVerdict(attributes, verdict);
}
/** Nobody allowed it, and somebody could not be asked: remote callers are told in plain text, as upstream does. */
export class NotDecided extends StatusError {
  readonly why: string;
  constructor(why: string) {
    super(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });
    this.why = why;
  }
}
/** Throws Forbidden in upstream's words unless the authorizer allows. */
export async function demand(authorizer: Authorizer, attributes: Attributes): Promise<void> {
  const pending = authorizer(attributes);
  demandVerdict(attributes, pending instanceof Promise ? await pending : pending);
}
function demandVerdict(attributes: Attributes, verdict: Verdict): void {
  if (verdict.decision === 'allow') return;
  if (verdict.error !== undefined) throw new NotDecided(verdict.error);
  throw refusal(attributes, verdict.reason);
}

/** What a browser could take for markup is replaced. */
export const withoutMarkup = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
/** Forbidden, in upstream's words. */
export function refusal(attributes: Attributes, reason: string): StatusError {
  const { identity, verb, group, resource, subresource, namespace, name, path } = attributes;
  const user = goQuote(identity.user);
  const suffix = reason === '' ? '' : `: ${reason}`;
  if (!attributes.isResource) {
    const why = withoutMarkup(`User ${user} cannot ${verb} path ${goQuote(path)}`);
    return new StatusError(403, 'Forbidden', `forbidden: ${why}${suffix}`, {});
  }
  const what = goQuote(subresource === '' ? resource : `${resource}/${subresource}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`;
  const why = withoutMarkup(`User ${user} cannot ${verb} resource ${what} in API group ${goQuote(group)} ${where}`);
  return forbidden({ group, resource }, name, `${why}${suffix}`);
}

const panics = new WeakSet<StatusError>();
/** Whether an error stands for one that nobody expected. */
export const isPanic = (error: unknown): boolean => error instanceof StatusError && panics.has(error);

/** What a client is told of an error. What is not meant for it is logged, and told in short. */
export function asStatusError(error: unknown, log: Logger, path: string): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof URIError) return new StatusError(400, 'BadRequest', error.message);
  log.error('a request failed inside the server', { path, error });
  const failure = internalError(error instanceof Error ? error.message : String(error));
  panics.add(failure);
  return failure;
}
