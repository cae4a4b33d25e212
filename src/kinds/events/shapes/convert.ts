import type { ApiObject } from '../../../api/meta.ts';
import type { EventLike as CoreEventLike } from '../../core/lib/event-columns.ts';
import type { EventSeries as CoreEventSeries, EventSource } from '../../core/shapes/event.ts';
import type { ObjectReference } from '../../core/shapes/references.ts';
import type { EventSeries } from './event.ts';

/** events.k8s.io Event, for the files that `event.ts` is made of. */
export interface EventLike extends ApiObject {
  readonly eventTime: string;
  readonly series?: EventSeries | undefined;
  readonly reportingController?: string | undefined;
  readonly reportingInstance?: string | undefined;
  readonly action?: string | undefined;
  readonly reason?: string | undefined;
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference | undefined;
  readonly note?: string | undefined;
  readonly type?: string | undefined;
  readonly deprecatedSource: EventSource;
  readonly deprecatedFirstTimestamp: string;
  readonly deprecatedLastTimestamp: string;
  readonly deprecatedCount?: number | undefined;
}
/** Core's Event as it is stored. */
export interface StoredEvent extends CoreEventLike {
  readonly action?: string | undefined;
  readonly related?: ObjectReference | undefined;
  readonly series?: CoreEventSeries | undefined;
}

const given = <K extends string, V>(key: K, value: V | undefined | ''): { [P in K]?: V } =>
  value === undefined || value === '' || value === 0 ? {} : ({ [key]: value } as { [P in K]?: V });

/** events.k8s.io Event -> core Event; the two are one object under two schemas (KEP-383). */
export function toCoreEvent(event: EventLike): StoredEvent {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: event.metadata,
    involvedObject: event.regarding,
    ...given('reason', event.reason),
    ...given('message', event.note),
    source: event.deprecatedSource,
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    ...given('count', event.deprecatedCount),
    ...given('type', event.type),
    eventTime: event.eventTime,
    ...given('series', event.series),
    ...given('action', event.action),
    ...given('related', event.related),
    reportingComponent: event.reportingController ?? '',
    reportingInstance: event.reportingInstance ?? '',
  };
}

/** core Event -> events.k8s.io Event. */
export function fromCoreEvent(event: StoredEvent): EventLike {
  const { series } = event;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: event.metadata,
    eventTime: event.eventTime,
    ...(series === undefined ? {} : { series: { count: series.count ?? 0, lastObservedTime: series.lastObservedTime } }),
    ...given('reportingController', event.reportingComponent),
    ...given('reportingInstance', event.reportingInstance),
    ...given('action', event.action),
    ...given('reason', event.reason),
    regarding: event.involvedObject,
    ...given('related', event.related),
    ...given('note', event.message),
    ...given('type', event.type),
    deprecatedSource: event.source,
    deprecatedFirstTimestamp: event.firstTimestamp,
    deprecatedLastTimestamp: event.lastTimestamp,
    ...given('deprecatedCount', event.count),
  };
}
