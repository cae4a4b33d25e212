import { formatDuration } from '../../api/gotime.ts';
import type { Identity } from '../../client/call.ts';
import type { RequestInfo } from '../request-info.ts';
import type { FlowControl } from './flow-control.ts';
import type { Turn } from './queue-set.ts';

/** The tables under /debug/api_priority_and_fairness (apf_controller_debug.go upstream), as comma-separated columns that line up. */
export function dump(flow: FlowControl, name: string, withDetails: boolean): string | undefined {
  switch (name) {
    case 'dump_priority_levels':
      return table(levelColumns, levelRows(flow));
    case 'dump_queues':
      return table(queueColumns, queueRows(flow));
    case 'dump_requests':
      return table([...requestColumns, ...(withDetails ? detailColumns : [])], requestRows(flow, withDetails));
    default:
      return undefined;
  }
}

type Row = readonly (string | number | boolean)[];
const levelColumns = [
  'PriorityLevelName',
  'ActiveQueues',
  'IsIdle',
  'IsQuiescing',
  'WaitingRequests',
  'ExecutingRequests',
  'DispatchedRequests',
  'RejectedRequests',
  'TimedoutRequests',
  'CancelledRequests',
];
const queueColumns = [
  'PriorityLevelName',
  'Index',
  'PendingRequests',
  'ExecutingRequests',
  'SeatsInUse',
  'NextDispatchR',
  'InitialSeatsSum',
  'MaxSeatsSum',
  'TotalWorkSum',
];
const requestColumns = [
  'PriorityLevelName',
  'FlowSchemaName',
  'QueueIndex',
  'RequestIndexInQueue',
  'FlowDistingsher',
  'ArriveTime',
  'InitialSeats',
  'FinalSeats',
  'AdditionalLatency',
  'StartTime',
];
const detailColumns = ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource'];

/** Cells of a column are as wide as the widest, at least eight, and one space follows. */
function table(head: Row, rows: Iterable<Row>): string {
  const lines = [head, ...rows].map((row) => row.map((cell, index) => (index < row.length - 1 ? `${cell},` : String(cell))));
  const widths = head.map((_, index) => Math.max(8, ...lines.map((line) => line[index]!.length + 1)));
  return lines
    .map((line) => `${line.map((cell, index) => (index < line.length - 1 ? cell.padEnd(widths[index]!) : cell)).join('')}\n`)
    .join('');
}

function* levelRows(flow: FlowControl): Generator<Row> {
  for (const { name, queues, isQuiescing } of flow.levels.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const active = queues.dump().queues.filter(({ waiting }) => waiting.length > 0).length;
    const { isIdle, waiting, executing, dispatched, rejected, cancelled } = queues;
    yield [name, active, isIdle, isQuiescing, waiting, executing, dispatched, rejected, 0, cancelled];
  }
}
const seatSeconds = (value: number) => `${value.toFixed(8)}ss`;
function* queueRows(flow: FlowControl): Generator<Row> {
  for (const { name, queues } of flow.levels)
    for (const [index, { waiting, executing, seatsInUse, nextDispatchR, workSum }] of queues.dump().queues.entries()) {
      const initial = waiting.reduce((sum, { work }) => sum + work.initialSeats, 0);
      const most = waiting.reduce((sum, { seats }) => sum + seats, 0);
      yield [name, index, waiting.length, executing.length, seatsInUse, seatSeconds(nextDispatchR), initial, most, seatSeconds(workSum)];
    }
}
const never = '0001-01-01T00:00:00Z';
function* requestRows(flow: FlowControl, withDetails: boolean): Generator<Row> {
  for (const { name, queues } of flow.levels) {
    const rowOf = (turn: Turn, queue: number, at: number): Row => {
      const { flow: of, work, arrivedMs } = turn;
      const arrived = new Date(arrivedMs).toISOString();
      const started = turn.state === 'waiting' ? never : arrived;
      const { initialSeats, finalSeats, lingerSeconds } = work;
      const row = [
        name,
        of.schema,
        queue,
        at,
        of.distinguisher,
        arrived,
        initialSeats,
        finalSeats,
        formatDuration(lingerSeconds * 1000),
        started,
      ];
      return withDetails ? [...row, ...detailsOf(turn)] : row;
    };
    const { queues: all, unqueued } = queues.dump();
    for (const [index, { waiting, executing }] of all.entries()) {
      for (const [at, turn] of waiting.entries()) yield rowOf(turn, index, at);
      for (const turn of executing) yield rowOf(turn, index, -1);
    }
    for (const turn of unqueued) yield rowOf(turn, -1, -1);
  }
}
function detailsOf({ about }: Turn): Row {
  const { info, identity } = about as { readonly info: RequestInfo; readonly identity: Identity };
  const { verb, path, namespace, name, group, version, resource, subresource } = info;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return [identity.user, verb, path, namespace, name, apiVersion, resource, subresource];
}
