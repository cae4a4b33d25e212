import { formatMicroTime } from '../../api/gotime.ts';
import { jsonText } from '../../api/json.ts';
import type { Status } from '../../api/meta.ts';
import type { Clock } from '../../base/clock.ts';
import type { Identity } from '../../client/call.ts';
import type { RequestInfo } from '../request-info.ts';
import type { Annotate } from '../types.ts';
import { type Level, type Stage, tells, type Verdict } from './policy.ts';

/** An Event of audit.k8s.io/v1, in the order of its fields. Objects are JSON that was written when they were seen. */
export interface AuditEvent {
  readonly level: Level;
  readonly auditID: string;
  readonly stage: Stage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: UserInfo;
  readonly impersonatedUser?: UserInfo;
  readonly authenticationMetadata?: { readonly impersonationConstraint: string };
  readonly sourceIPs: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: ObjectReference;
  readonly responseStatus?: ResponseStatus;
  readonly requestObject?: RawJson;
  readonly responseObject?: RawJson;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}
interface UserInfo {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}
export interface ObjectReference {
  resource?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiGroup?: string;
  apiVersion?: string;
  resourceVersion?: string;
  subresource?: string;
}
export type ResponseStatus = { readonly metadata: object; readonly code: number } & Partial<Status>;

/** Text that is JSON already. */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An event as one line of JSON, without its end. */
export function eventText(event: AuditEvent): string {
  const { level, auditID, requestObject, responseObject, requestReceivedTimestamp, stageTimestamp, annotations, ...before } = event;
  const head = jsonText({ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level, auditID, ...before });
  const objects = [
    ...(requestObject === undefined ? [] : [`"requestObject":${requestObject.text}`]),
    ...(responseObject === undefined ? [] : [`"responseObject":${responseObject.text}`]),
  ];
  const tail = jsonText({ requestReceivedTimestamp, stageTimestamp, ...(annotations === undefined ? {} : { annotations }) });
  return `${[head.slice(0, -1), ...objects, tail.slice(1)].join(',')}`;
}

/** What is known of a request from the start. */
export interface RecordInput {
  readonly auditId: string;
  readonly info: RequestInfo;
  /** Path and query. */
  readonly uri: string;
  readonly identity: Identity | undefined;
  readonly sourceIps: readonly string[];
  readonly userAgent: string;
  readonly receivedMs: number;
}
export type Sink = (event: AuditEvent) => boolean;

const userAgentMax = 1024;
const userOf = ({ user, uid, groups, extra }: Identity): UserInfo => ({
  ...(user === '' ? {} : { username: user }),
  ...(uid ? { uid } : {}),
  ...(groups.length > 0 ? { groups } : {}),
  ...(extra !== undefined && Object.keys(extra).length > 0 ? { extra } : {}),
});
function referenceOf({ isResource, resource, namespace, name, group, version, subresource }: RequestInfo): ObjectReference | undefined {
  if (!isResource) return undefined;
  return { resource, namespace, name, apiGroup: group, apiVersion: version, subresource };
}
/** Fields that say nothing are left out, the others are in their order. */
function shownReference(reference: ObjectReference): ObjectReference {
  const { resource, namespace, name, uid, apiGroup, apiVersion, resourceVersion, subresource } = reference;
  const all = { resource, namespace, name, uid, apiGroup, apiVersion, resourceVersion, subresource };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== ''));
}

/** What is written down of one request, as it is learned. */
export class AuditRecord {
  readonly #input: RecordInput;
  readonly #verdict: Verdict;
  readonly #clock: Clock;
  readonly #sink: Sink;
  readonly #annotations = new Map<string, string>();
  readonly #reference: ObjectReference | undefined;
  #impersonated: Identity | undefined;
  #constraint: string | undefined;
  #request: RawJson | undefined;
  #response: RawJson | undefined;
  #status: ResponseStatus | undefined;
  readonly #told = new Set<Stage>();

  constructor(input: RecordInput, verdict: Verdict, clock: Clock, sink: Sink) {
    this.#input = input;
    this.#verdict = verdict;
    this.#clock = clock;
    this.#sink = sink;
    this.#reference = referenceOf(input.info);
  }
  get level(): Level {
    return this.#verdict.level;
  }
  /** What was noted under a key stays. */
  readonly annotate: Annotate = (key, value, level = 'Metadata') => {
    if (tells(this.level, level) && !this.#annotations.has(key)) this.#annotations.set(key, value);
  };
  impersonates(identity: Identity, constraint?: string): void {
    this.#impersonated = identity;
    this.#constraint = constraint;
  }
  /** The object that was sent, decoded. It may be changed afterwards. */
  requested(object: object): void {
    const reference = this.#reference;
    const { metadata = {} } = object as { readonly metadata?: Partial<ObjectReference> };
    if (reference !== undefined && typeof metadata === 'object' && metadata !== null)
      for (const field of ['namespace', 'name', 'uid', 'resourceVersion'] as const) reference[field] ||= metadata[field];
    if (tells(this.level, 'Request')) this.#request = this.#raw(object);
  }
  /** A patch, or options. */
  sent(value: unknown): void {
    if (tells(this.level, 'Request') && value !== undefined) this.#request = new RawJson(jsonText(value as object));
  }
  /** Whether `responded` wants the object. */
  get wantsResponse(): boolean {
    return this.level === 'RequestResponse';
  }
  responded(object: object): void {
    if (this.wantsResponse) this.#response = this.#raw(object);
  }
  #raw(object: object): RawJson {
    return new RawJson(jsonText(this.#verdict.omitManagedFields ? withoutManagedFields(object) : object));
  }
  /** How it ended: the status of a failure, or the code alone. */
  ended(code: number, failure?: Status): void {
    if (failure === undefined) this.#status ??= { metadata: {}, code };
    else {
      const { status, message, reason, details } = failure;
      this.#status = { metadata: {}, status, message, ...(reason ? { reason } : {}), ...(details === undefined ? {} : { details }), code };
      this.responded(failure);
    }
  }
  /** Writes down a stage, once. False: it could not be written down. */
  tell(stage: Stage): boolean {
    if (this.#told.has(stage)) return true;
    this.#told.add(stage);
    return this.#verdict.omitStages.has(stage) || this.#sink(this.#event(stage));
  }
  #event(stage: Stage): AuditEvent {
    const { auditId, uri, info, identity, sourceIps, userAgent, receivedMs } = this.#input;
    const received = formatMicroTime(receivedMs);
    const annotations = Object.fromEntries([...this.#annotations].sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      level: this.level,
      auditID: auditId,
      stage,
      requestURI: uri,
      verb: info.verb,
      user: identity === undefined ? {} : userOf(identity),
      ...(this.#impersonated === undefined ? {} : { impersonatedUser: userOf(this.#impersonated) }),
      ...(this.#constraint === undefined ? {} : { authenticationMetadata: { impersonationConstraint: this.#constraint } }),
      sourceIPs: sourceIps,
      ...(userAgent === ''
        ? {}
        : { userAgent: userAgent.length > userAgentMax ? `${userAgent.slice(0, userAgentMax)}...TRUNCATED` : userAgent }),
      ...(this.#reference === undefined ? {} : { objectRef: shownReference(this.#reference) }),
      ...(this.#status === undefined ? {} : { responseStatus: this.#status }),
      ...(this.#request === undefined ? {} : { requestObject: this.#request }),
      ...(this.#response === undefined ? {} : { responseObject: this.#response }),
      requestReceivedTimestamp: received,
      stageTimestamp: stage === 'RequestReceived' ? received : formatMicroTime(this.#clock.now()),
      ...(this.#annotations.size === 0 ? {} : { annotations }),
    };
  }
}

function withoutManagedFields(object: object): object {
  const { metadata, items, rows } = object as { metadata?: object; items?: readonly object[]; rows?: readonly { object?: object }[] };
  const copy: Record<string, unknown> = { ...object };
  if (metadata !== undefined && 'managedFields' in metadata) {
    const { managedFields: _, ...others } = metadata;
    copy.metadata = others;
  }
  if (Array.isArray(items)) copy.items = items.map(withoutManagedFields);
  if (Array.isArray(rows)) copy.rows = rows.map((row) => (row.object ? { ...row, object: withoutManagedFields(row.object) } : row));
  return copy;
}
