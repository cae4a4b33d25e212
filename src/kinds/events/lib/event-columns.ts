import type { Column, Strategy } from '../../../api/kind.ts';
import { coreEventColumns, coreEventFields } from '../../core/lib/event-columns.ts';
import { type EventLike, type StoredEvent, toCoreEvent } from '../shapes/convert.ts';

const memo = new WeakMap<EventLike, StoredEvent>();
function core(event: EventLike): StoredEvent {
  let made = memo.get(event);
  if (made === undefined) {
    made = toCoreEvent(event);
    memo.set(event, made);
  }
  return made;
}

/** Both groups show the same table. */
export const eventColumns: readonly Column<EventLike>[] = coreEventColumns.map(({ value, ...column }) => ({
  ...column,
  value: (event, nowMs) => value(core(event), nowMs),
}));

/** Core's field names and this group's own for the regarded object (pkg/apis/events/v1/conversion.go). */
export const eventFields: NonNullable<Strategy<EventLike>['selectableFields']> = {
  ...Object.fromEntries(
    Object.entries(coreEventFields)
      .filter(([name]) => !name.startsWith('involvedObject.') && name !== 'reportingComponent' && name !== 'source')
      .map(([name, read]) => [name, (event: EventLike) => read(core(event))]),
  ),
  reportingController: (event) => event.reportingController ?? '',
  'regarding.kind': (event) => event.regarding.kind ?? '',
  'regarding.namespace': (event) => event.regarding.namespace ?? '',
  'regarding.name': (event) => event.regarding.name ?? '',
  'regarding.uid': (event) => event.regarding.uid ?? '',
  'regarding.apiVersion': (event) => event.regarding.apiVersion ?? '',
  'regarding.resourceVersion': (event) => event.regarding.resourceVersion ?? '',
  'regarding.fieldPath': (event) => event.regarding.fieldPath ?? '',
};
