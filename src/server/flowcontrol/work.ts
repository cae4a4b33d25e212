import type { Query } from '../options.ts';
import type { RequestInfo } from '../request-info.ts';
import { oneSeat, type Work } from './queue-set.ts';

/** How many seats a request takes, guessed before it is done (k8s.io/apiserver util/flowcontrol/request). */
export interface KindStats {
  readonly count: number;
  /** Of their JSON, together. */
  readonly bytes: number;
  /** Watches that a change in this namespace, of this name would concern. */
  watchersOf(namespace: string, name: string): number;
}
/** undefined: nothing is known of it. */
export type StatsOf = (group: string, resource: string) => KindStats | undefined;

const bytesPerSeat = 100_000;
/** A list that is served from memory is written piece by piece. */
const streamedMaxBytes = 1_000_000;
const unknownObjectBytes = 1_500_000;
const listSeatsMax = 100;
const writeSeatsMax = 10;
const watchersPerSeat = 10;
const eventSeconds = 0.005;

/** `levelMax`: the most that a request of its priority level may take; 0: any. */
export function estimate(info: RequestInfo, query: Query, levelMax: number, statsOf: StatsOf): Work {
  switch (info.verb) {
    case 'list':
    case 'watch':
      return info.isResource ? listWork(info, query, levelMax, statsOf) : oneSeat;
    case 'create':
    case 'update':
    case 'patch':
    case 'delete':
      return writeWork(info, levelMax, statsOf);
    default:
      return oneSeat;
  }
}

const most = (levelMax: number, max: number) => (levelMax === 0 || levelMax > max ? max : levelMax);

function listWork(info: RequestInfo, query: Query, levelMax: number, statsOf: StatsOf): Work {
  const first = (name: string) => query[name]?.[0] ?? '';
  const version = first('resourceVersion');
  if (info.verb === 'watch' && first('sendInitialEvents') !== 'true' && version !== '' && version !== '0') return oneSeat;
  const stats = statsOf(info.group, info.resource);
  if (stats === undefined || stats.count === 0) return oneSeat;
  const limit = Number(first('limit'));
  const wanted = limit > 0 && limit < stats.count ? limit : stats.count;
  const isFromCache = info.verb === 'watch' || (first('continue') === '' && first('resourceVersionMatch') !== 'Exact');
  const isSelected = first('fieldSelector') !== '' || first('labelSelector') !== '';
  const loaded = info.name !== '' ? 1 : !isFromCache && isSelected ? Math.max(wanted, Math.floor(stats.count / 2)) : wanted;
  const bytes = loaded * (stats.bytes > 0 ? stats.bytes / stats.count : unknownObjectBytes);
  const seats = Math.ceil((isFromCache ? Math.min(bytes, streamedMaxBytes) : bytes) / bytesPerSeat);
  const initialSeats = Math.max(1, Math.min(seats, most(levelMax, listSeatsMax)));
  return initialSeats === 1 ? oneSeat : { initialSeats, finalSeats: 0, lingerSeconds: 0 };
}

function writeWork(info: RequestInfo, levelMax: number, statsOf: StatsOf): Work {
  if (info.resource === 'serviceaccounts' && info.subresource === 'token') return oneSeat;
  const watchers = statsOf(info.group, info.resource)?.watchersOf(info.namespace, info.name) ?? 0;
  if (watchers < watchersPerSeat) return { ...oneSeat, watchers };
  const wanted = Math.ceil(watchers / watchersPerSeat);
  const finalSeats = Math.min(wanted, most(levelMax, writeSeatsMax));
  return { initialSeats: 1, finalSeats, lingerSeconds: (wanted * eventSeconds) / finalSeats, watchers };
}
