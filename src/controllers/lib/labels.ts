import type { LabelSelector } from '../../api/meta.ts';

export type Labels = Readonly<Record<string, string>>;
export type Matcher = (labels: Labels | undefined) => boolean;

const has = (labels: Labels, key: string) => Object.hasOwn(labels, key);

function requirement(key: string, operator: string, values: readonly string[]): (labels: Labels) => boolean {
  const set = new Set(values);
  switch (operator) {
    case 'In':
      return (labels) => has(labels, key) && set.has(labels[key]!);
    case 'NotIn':
      return (labels) => !has(labels, key) || !set.has(labels[key]!);
    case 'Exists':
      return (labels) => has(labels, key);
    case 'DoesNotExist':
      return (labels) => !has(labels, key);
    default:
      return () => false;
  }
}

export const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;

/** What a LabelSelector selects: everything when it is empty, nothing when there is none. */
export function selectorMatcher(selector: LabelSelector | undefined): Matcher {
  if (selector === undefined) return () => false;
  const tests = [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => requirement(key, 'In', [value])),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values }) => requirement(key, operator, values ?? [])),
  ];
  return (labels = {}) => tests.every((matches) => matches(labels));
}

/** The old kind of selector, a map: nothing when it is empty. */
export function mapMatcher(selector: Labels | undefined): Matcher {
  const wanted = Object.entries(selector ?? {});
  if (wanted.length === 0) return () => false;
  return (labels = {}) => wanted.every(([key, value]) => has(labels, key) && labels[key] === value);
}
