import type { Column, Strategy } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { ago } from '../../lib/columns.ts';
import type { EventSeries, EventSource } from '../shapes/event.ts';
import type { ObjectReference } from '../shapes/references.ts';

/** What both groups' events say, by core's names. */
export interface EventLike extends ApiObject {
  readonly involvedObject: ObjectReference;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly source: EventSource;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count?: number | undefined;
  readonly type?: string | undefined;
  readonly eventTime: string;
  readonly series?: EventSeries | undefined;
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}

const firstSeen = (event: EventLike, nowMs: number) => ago(event.firstTimestamp || event.eventTime, nowMs);
function lastSeen(event: EventLike, nowMs: number): string {
  if (event.series !== undefined) return ago(event.series.lastObservedTime, nowMs);
  return event.lastTimestamp ? ago(event.lastTimestamp, nowMs) : firstSeen(event, nowMs);
}
function target({ involvedObject: { kind = '', name = '' } }: EventLike): string {
  return name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;
}
function sourceOf({ source, reportingComponent, reportingInstance }: EventLike): string {
  const instance = source.host || reportingInstance || '';
  const component = source.component || reportingComponent || '';
  return instance === '' ? component : `${component}, ${instance}`;
}

/** As kubectl shows events. */
export const coreEventColumns: readonly Column<EventLike>[] = [
  { name: 'Last Seen', type: 'string', value: lastSeen },
  { name: 'Type', type: 'string', value: (event) => event.type ?? '' },
  { name: 'Reason', type: 'string', value: (event) => event.reason ?? '' },
  { name: 'Object', type: 'string', value: target },
  { name: 'Subobject', type: 'string', priority: 1, value: (event) => event.involvedObject.fieldPath ?? '' },
  { name: 'Source', type: 'string', priority: 1, value: sourceOf },
  { name: 'Message', type: 'string', value: (event) => (event.message ?? '').trim() },
  { name: 'First Seen', type: 'string', priority: 1, value: firstSeen },
  { name: 'Count', type: 'string', priority: 1, value: (event) => event.series?.count ?? (event.series ? 0 : event.count || 1) },
  { name: 'Name', type: 'string', format: 'name', priority: 1, value: (event) => event.metadata.name ?? '' },
];

/** pkg/registry/core/event ToSelectableFields. */
export const coreEventFields: NonNullable<Strategy<EventLike>['selectableFields']> = {
  'involvedObject.kind': (event) => event.involvedObject.kind ?? '',
  'involvedObject.namespace': (event) => event.involvedObject.namespace ?? '',
  'involvedObject.name': (event) => event.involvedObject.name ?? '',
  'involvedObject.uid': (event) => event.involvedObject.uid ?? '',
  'involvedObject.apiVersion': (event) => event.involvedObject.apiVersion ?? '',
  'involvedObject.resourceVersion': (event) => event.involvedObject.resourceVersion ?? '',
  'involvedObject.fieldPath': (event) => event.involvedObject.fieldPath ?? '',
  reason: (event) => event.reason ?? '',
  reportingComponent: (event) => event.reportingComponent,
  source: (event) => event.source.component || event.reportingComponent,
  type: (event) => event.type ?? '',
};
