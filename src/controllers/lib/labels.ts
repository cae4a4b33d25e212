import type { LabelSelector } from '../../api/meta.ts';
import { labelMapMatcher, labelSelectorMatcher } from '../../api/selector.ts';

export type Labels = Readonly<Record<string, string>>;
export type Matcher = (labels: Labels | undefined) => boolean;

export const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;

/** What a LabelSelector selects: everything when it is empty, nothing when there is none. */
export const selectorMatcher = (selector: LabelSelector | undefined): Matcher => labelSelectorMatcher(selector).matches;

/** The old kind of selector, a map: nothing when it is empty. */
export const mapMatcher = (selector: Labels | undefined): Matcher => labelMapMatcher(selector).matches;

const sortedJoin = (entries: readonly string[]) => entries.map((entry) => `${entry},`).join('');
/** A selector as Go prints it. */
export function shownSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],}`,
  );
  const shownLabels = `map[string]string{${sortedJoin(labels.map(([key, value]) => `${key}: ${value}`))}}`;
  return `&LabelSelector{MatchLabels:${shownLabels},MatchExpressions:[]LabelSelectorRequirement{${sortedJoin(expressions)}},}`;
}
