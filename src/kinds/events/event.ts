import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { int32, microTime, object, opt, optional, ptr, string, time } from '../../api/schema.ts';
import { eventSource } from '../core/shapes/event.ts';
import { objectReference } from '../core/shapes/references.ts';
import { eventSeries } from './shapes/event.ts';
import { eventColumns, eventFields } from './lib/event-columns.ts';
import { validateNewEvent } from '../core/lib/validate-event.ts';
import { toCoreEvent } from './shapes/convert.ts';

export const Event = defineKind({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.events.v1.Event',
  createOnUpdate: true,
  storedAs: { group: '', kind: 'Event' },
  fields: {
    eventTime: microTime(2),
    series: ptr(object(3, eventSeries)),
    reportingController: opt(string(4)),
    reportingInstance: opt(string(5)),
    action: opt(string(6)),
    reason: opt(string(7)),
    regarding: object(8, objectReference),
    related: ptr(object(9, objectReference)),
    note: opt(string(10)),
    type: opt(string(11)),
    deprecatedSource: object(12, eventSource),
    deprecatedFirstTimestamp: optional(time(13)),
    deprecatedLastTimestamp: optional(time(14)),
    deprecatedCount: opt(int32(15)),
  },
  validate: (event, { old, subresource, found }) =>
    validateNewEvent(toCoreEvent(event), { subresource, found, ...(old === undefined ? {} : { old: toCoreEvent(old) }) }),
  columns: eventColumns,
  selectableFields: eventFields,
});
export interface Event extends ObjectOf<typeof Event> {}
