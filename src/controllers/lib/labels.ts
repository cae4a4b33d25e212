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
