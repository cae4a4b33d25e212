import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { int32, microTime, object, opt, optional, ptr, required, string, time } from '../../api/schema.ts';
import { eventSeries, eventSource } from './shapes/event.ts';
import { objectReference } from './shapes/references.ts';
import { coreEventColumns, coreEventFields } from './lib/event-columns.ts';
import { validateCoreEvent } from './lib/validate-event.ts';

export const Event = defineKind({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.core.v1.Event',
  requiresMetadata: true,
  createOnUpdate: true,
  names: 'path-segment',
  plainFinalizers: true,
  checksMetadataLast: true,
  fields: {
    involvedObject: required(object(2, objectReference)),
    reason: opt(string(3)),
    message: opt(string(4)),
    source: object(5, eventSource),
    firstTimestamp: optional(time(6)),
    lastTimestamp: optional(time(7)),
    count: opt(int32(8)),
    type: opt(string(9)),
    eventTime: optional(microTime(10)),
    series: ptr(object(11, eventSeries)),
    action: opt(string(12)),
    related: ptr(object(13, objectReference)),
    reportingComponent: optional(string(14)),
    reportingInstance: optional(string(15)),
  },
  validate: (event) => validateCoreEvent(event, 'reportingComponent'),
  columns: coreEventColumns,
  selectableFields: coreEventFields,
});
export interface Event extends ObjectOf<typeof Event> {}
