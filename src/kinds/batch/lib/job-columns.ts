import { humanDuration, parseTime } from '../../../api/gotime.ts';
import type { Column } from '../../../api/kind.ts';
import { ageColumn, containersColumn, formatSelector, imagesColumn, nameColumn } from '../../lib/columns.ts';
import { hasCondition, type JobLike } from './job-types.ts';

function statusText({ metadata, status }: JobLike): string {
  const first = (types: readonly string[]) => types.find((type) => hasCondition(status.conditions, type));
  const finished = first(['Complete', 'Failed']);
  if (finished !== undefined) return finished;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  return first(['Suspended', 'FailureTarget', 'SuccessCriteriaMet']) ?? 'Running';
}
function completionsText({ spec, status }: JobLike): string {
  const done = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${done}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}
function durationText({ status }: JobLike, nowMs: number): string {
  if (status.startTime === undefined) return '';
  const startedMs = timeMs(status.startTime);
  const ms = (status.completionTime === undefined ? nowMs : timeMs(status.completionTime)) - startedMs;
  return humanDuration(Math.max(-longestMs, Math.min(ms, longestMs)));
}
/** A time that is no time, stored as null, is the first moment of the year 1. */
const timeMs = (text: string | null): number => parseTime(text ?? '') ?? firstMomentMs;
const firstMomentMs = Date.parse('0001-01-01T00:00:00Z');
/** Go's durations end here. */
const longestMs = 2 ** 63 / 1e6;

export const jobColumns: readonly Column<JobLike>[] = [
  nameColumn,
  { name: 'Status', type: 'string', description: 'How far the job has come', value: statusText },
  { name: 'Completions', type: 'string', value: completionsText },
  { name: 'Duration', type: 'string', description: 'How long the job has run, or ran', value: durationText },
  ageColumn,
  containersColumn,
  imagesColumn,
  { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => formatSelector(spec.selector) },
];
