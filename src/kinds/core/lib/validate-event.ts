import type { ValidationContext } from '../../../api/kind.ts';
import { isDns1123Subdomain } from '../../../api/names.ts';
import type { Shape } from '../../../api/schema.ts';
import { fieldError } from '../../../api/status.ts';
import { goShown } from '../../lib/go-shown.ts';
import { eventSource } from '../shapes/event.ts';
import { objectReference } from '../shapes/references.ts';
import { type Errors, immutable, invalidIf, qualifiedName } from '../../lib/validate.ts';
import type { StoredEvent } from '../../events/shapes/convert.ts';
import { byteLength } from '../../lib/validate.ts';

/** References and sources by the names of Go's fields; what is not said as Go's zero. */
const shownShapes: Readonly<Record<string, Shape>> = { involvedObject: objectReference, related: objectReference, source: eventSource };
const texts = new Set(['reason', 'message', 'type', 'action']);
function shownField(field: string, value: unknown): unknown {
  const shape = shownShapes[field];
  if (shape !== undefined) return value === undefined ? null : goShown(shape, value);
  return value ?? (field === 'count' ? 0 : texts.has(field) ? '' : null);
}

const longest = 128;
const longestNote = 1024;

/** What both groups ask of events; `controllerField` is what the group calls the reporting controller. */
export function* validateCoreEvent(event: StoredEvent, controllerField: string): Errors {
  const namespace = event.metadata.namespace ?? '';
  const about = event.involvedObject.namespace ?? '';
  const mismatch = fieldError.invalid('involvedObject.namespace', about, 'does not match event.namespace');
  if (!event.eventTime) {
    if (about === '' ? namespace !== '' && namespace !== 'default' : namespace !== about) yield mismatch;
  } else {
    if (about === '' && namespace !== 'default' && namespace !== 'kube-system') yield mismatch;
    if (event.reportingComponent === '') yield fieldError.required(controllerField);
    yield* qualifiedName(controllerField, event.reportingComponent);
    const limited = [
      ['reportingInstance', event.reportingInstance, longest],
      ['action', event.action, longest],
      ['reason', event.reason, longest],
      ['message', event.message, longestNote],
    ] as const;
    for (const [field, text = '', max] of limited) {
      if (text === '' && field !== 'message') yield fieldError.required(field);
      if (byteLength(text) > max) yield fieldError.invalid(field, '', `can have at most ${max} characters`);
    }
  }
  yield* invalidIf(isDns1123Subdomain(namespace), 'namespace', namespace);
}

function* validateSeries({ series }: StoredEvent): Errors {
  if (series === undefined) return;
  if ((series.count ?? 0) < 2) yield fieldError.invalid('series.count', '', 'should be at least 2');
  if (!series.lastObservedTime) yield fieldError.required('series.lastObservedTime');
}

/** What events.k8s.io asks beyond that (ValidateEventCreate, ValidateEventUpdate). */
export function* validateNewEvent(event: StoredEvent, { old, found = [], names = [] }: ValidationContext<StoredEvent>): Errors {
  yield* validateCoreEvent(event, 'reportingController');
  yield* old === undefined ? found : names;
  if (old !== undefined) {
    if (event.series?.count !== old.series?.count || event.series?.lastObservedTime !== old.series?.lastObservedTime)
      yield* validateSeries(event);
    const kept = [
      'involvedObject',
      'reason',
      'message',
      'source',
      'firstTimestamp',
      'lastTimestamp',
      'count',
      'type',
      'eventTime',
      'action',
      'related',
    ] as const;
    for (const field of kept) yield* immutable(field, event[field], old[field], (value) => shownField(field, value));
    yield* immutable('reportingController', event.reportingComponent, old.reportingComponent);
    yield* immutable('reportingInstance', event.reportingInstance, old.reportingInstance);
    return;
  }
  yield* validateSeries(event);
  if (!event.eventTime) yield fieldError.required('eventTime');
  if (event.type !== 'Normal' && event.type !== 'Warning') yield fieldError.invalid('type', '', `has invalid value: ${event.type ?? ''}`);
  const unset = 'needs to be unset';
  for (const field of ['firstTimestamp', 'lastTimestamp', 'count'] as const) if (event[field]) yield fieldError.invalid(field, '', unset);
  if (event.source.component || event.source.host) yield fieldError.invalid('source', '', unset);
}
