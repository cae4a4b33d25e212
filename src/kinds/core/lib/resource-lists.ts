import { addQuantities, compareQuantities, quantitySign, subtractQuantities } from '../../../api/quantity.ts';

/** Amounts by the names of resources, exact, as text. All functions leave their arguments as they are. */
export type ResourceList = Readonly<Record<string, string>>;

const names = (...lists: readonly (ResourceList | undefined)[]) => new Set(lists.flatMap((list) => Object.keys(list ?? {})));

export function addLists(a: ResourceList | undefined, b: ResourceList | undefined): ResourceList {
  const sum: Record<string, string> = { ...a };
  for (const [name, more] of Object.entries(b ?? {})) sum[name] = sum[name] === undefined ? more : addQuantities(sum[name], more);
  return sum;
}
/** The greater amount of each resource. */
export function maxLists(...lists: readonly (ResourceList | undefined)[]): ResourceList {
  const most: Record<string, string> = {};
  for (const list of lists)
    for (const [name, amount] of Object.entries(list ?? {}))
      if (most[name] === undefined || compareQuantities(amount, most[name]) > 0) most[name] = amount;
  return most;
}
/** What is more in `a`; less counts as nothing. */
export function growth(a: ResourceList, b: ResourceList): ResourceList {
  const more: Record<string, string> = {};
  for (const name of names(a, b)) {
    const difference = subtractQuantities(a[name] ?? '0', b[name] ?? '0');
    more[name] = quantitySign(difference) < 0 ? '0' : difference;
  }
  return more;
}
export const pick = (list: ResourceList | undefined, wanted: Iterable<string>): ResourceList => {
  const set = new Set(wanted);
  return Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => set.has(name)));
};
export const withoutZeros = (list: ResourceList): ResourceList =>
  Object.fromEntries(Object.entries(list).filter(([, amount]) => quantitySign(amount) !== 0));
/** Names in both lists whose amount is greater in `a`. */
export const exceeding = (a: ResourceList, b: ResourceList): readonly string[] =>
  Object.keys(a).filter((name) => b[name] !== undefined && compareQuantities(a[name]!, b[name]) > 0);
export function sameAmounts(a: ResourceList | undefined, b: ResourceList | undefined): boolean {
  const all = [...names(a, b)];
  return all.every((name) => a?.[name] !== undefined && b?.[name] !== undefined && compareQuantities(a[name], b[name]) === 0);
}
/** 'cpu=1,pods=3' */
export const shownList = (list: ResourceList): string =>
  Object.keys(list)
    .sort()
    .map((name) => `${name}=${list[name]}`)
    .join(',');
