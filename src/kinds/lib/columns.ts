import { humanDuration, parseTime } from '../../api/gotime.ts';
import type { Column } from '../../api/kind.ts';
import type { ApiObject, LabelSelector } from '../../api/meta.ts';
import { labelSelectorMatcher } from '../../api/selector.ts';

/** Pieces of server-side tables that kinds share (pkg/printers/internalversion). */

/** How long ago a moment was; '<unknown>' when there is none. */
export function ago(time: string | null | undefined, nowMs: number): string {
  const at = time === null || time === undefined || time === '' ? undefined : parseTime(time);
  return at === undefined ? '<unknown>' : humanDuration(nowMs - at);
}

export const nameColumn: Column<ApiObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  value: (object) => object.metadata.name ?? '',
};
/** Of an object that has no time, such as a bookmark's, the zero time of Go. */
export const createdAtColumn: Column<ApiObject> = {
  name: 'Created At',
  type: 'date',
  value: ({ metadata }) => metadata.creationTimestamp ?? '0001-01-01T00:00:00Z',
};
export const ageColumn: Column<ApiObject> = {
  name: 'Age',
  type: 'string',
  value: (object, nowMs) => ago(object.metadata.creationTimestamp, nowMs),
};

/** 'a.b=1,a=2', in the order of these texts, or '<none>'. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const text = Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
  return text === '' ? '<none>' : text;
}
export function formatSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined) return '<none>';
  const { text } = labelSelectorMatcher(selector);
  return text === '' ? '<none>' : text;
}

interface HasTemplate {
  readonly spec: {
    readonly template?:
      | { readonly spec: { readonly containers: readonly { readonly name: string; readonly image?: string | undefined }[] } }
      | undefined;
  };
}
/** Containers and Images of what has a pod template; shown with -o wide. */
export const containersColumn: Column<HasTemplate> = {
  name: 'Containers',
  type: 'string',
  priority: 1,
  description: 'Names of the containers of the template',
  value: ({ spec }) => (spec.template?.spec.containers ?? []).map((container) => container.name).join(','),
};
export const imagesColumn: Column<HasTemplate> = {
  name: 'Images',
  type: 'string',
  priority: 1,
  description: 'Images of the containers of the template',
  value: ({ spec }) => (spec.template?.spec.containers ?? []).map((container) => container.image ?? '').join(','),
};

/** The first three of a list, and how many more there are. */
export function firstThree(items: readonly string[], none: string): string {
  if (items.length > 3) return `${items.slice(0, 3).join(',')} + ${items.length - 3} more...`;
  return items.join(',') || none;
}
