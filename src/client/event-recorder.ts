import { formatTime } from '../api/gotime.ts';
import type { ApiObject } from '../api/meta.ts';
import { isNotFound, StatusError } from '../api/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Call, Transport } from './call.ts';
import type { Client } from './client.ts';
import { EventCorrelator, RecentMap } from './event-correlator.ts';
import type { EventRecorder } from './events.ts';

export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** source.component: 'deployment-controller', 'kubelet'. */
  readonly component: string;
  /** source.host: the node, for what runs on one. */
  readonly host?: string;
}

interface Occurrence {
  readonly key: string;
  readonly namespace: string;
  readonly event: { readonly metadata: { readonly name: string }; readonly message: string; readonly lastTimestamp: string };
}
/** What the server holds for a key. */
interface Known {
  readonly name: string;
  count: number;
}

/** Events that wait to be written; more are dropped, since an event must never slow its maker down. */
const longestQueue = 1000;
const rememberedEvents = 4096;
const tries = 12;
const retryMs = 10_000;
const longestMessage = 1024;

function callFor(verb: 'create' | 'patch', namespace: string, name: string | undefined, body: object): Call {
  return {
    verb,
    group: '',
    version: 'v1',
    resource: 'events',
    namespace,
    name,
    options: {},
    body,
    ...(verb === 'patch' ? { patchType: 'strategic' as const } : {}),
  };
}

/** One event to the server: counted up when it is known there, else created. Throws StatusError. */
async function write(transport: Transport, { key, namespace, event }: Occurrence, known: RecentMap<Known>): Promise<void> {
  const before = known.get(key);
  if (before !== undefined) {
    const patch = { count: before.count + 1, lastTimestamp: event.lastTimestamp, message: event.message };
    try {
      await transport(callFor('patch', namespace, before.name, patch));
      before.count++;
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      known.delete(key);
    }
  }
  await transport(callFor('create', namespace, undefined, event));
  known.set(key, { name: event.metadata.name, count: 1 });
}

/** Writes events one after the other through a bounded queue, until the signal aborts. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, random, log, signal, component, host } = options;
  const correlator = new EventCorrelator(clock);
  const known = new RecentMap<Known>(rememberedEvents);
  const queue: Occurrence[] = [];
  let sequence = random.int(1_000_000);
  let draining = false;

  async function deliver(occurrence: Occurrence): Promise<void> {
    for (let attempt = 1; attempt <= tries && !signal.aborted; attempt++) {
      try {
        return await write(client.transport, occurrence, known);
      } catch (error) {
        const final = error instanceof StatusError && error.code < 500 && error.code !== 429;
        if (final || attempt === tries) return log.debug('event not written', { error });
        await clock.sleep(retryMs * random.next(), signal).catch(() => undefined);
      }
    }
  }
  async function drain(): Promise<void> {
    draining = true;
    for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) await deliver(next);
    draining = false;
  }

  return {
    event(about: ApiObject, type, reason, text, fieldPath) {
      if (signal.aborted || queue.length >= longestQueue) return;
      const { name, namespace, uid, resourceVersion } = about.metadata;
      const source = JSON.stringify([component, host, about.kind, namespace, name, uid, about.apiVersion, fieldPath]);
      const correlated = correlator.correlate({ source, type, reason, message: text.slice(0, longestMessage) });
      if (correlated === undefined) return;
      const nowMs = clock.now();
      sequence = (sequence + 1) % 1_000_000;
      const stamp = (BigInt(Math.floor(nowMs)) * 1_000_000n + BigInt(sequence)).toString(16);
      const time = formatTime(nowMs);
      const home = namespace || 'default';
      const event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name}.${stamp}`, namespace: home },
        involvedObject: {
          kind: about.kind,
          ...(namespace ? { namespace } : {}),
          name,
          uid,
          apiVersion: about.apiVersion,
          resourceVersion,
          ...(fieldPath === undefined ? {} : { fieldPath }),
        },
        reason,
        message: correlated.message,
        source: { component, ...(host === undefined ? {} : { host }) },
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
        type,
        reportingComponent: component,
        reportingInstance: host ?? '',
      };
      queue.push({ key: correlated.key, namespace: home, event });
      if (!draining) void drain();
    },
  };
}
