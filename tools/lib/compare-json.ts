type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
const isObject = (value: unknown): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What only upstream has of these is not served here, and not told part by part. */
const wholes =
  /^\/((paths|resources)\/.*|(components\/schemas|definitions|groups|versions|items)\/[^/]+|(items|groups)\/[^/]+\/versions\/[^/]+(\/resources\/[^/]+)?)$/;

/** Where two JSON values differ, one line each: '/a/b: 1, upstream 2'. Lists of what has a name are compared by it, and in their order. */
export function differences(mine: unknown, theirs: unknown, path = ''): string[] {
  if (mine === theirs || (mine === undefined && wholes.test(path))) return [];
  if (Array.isArray(mine) && Array.isArray(theirs)) {
    const areNamed = [mine, theirs].every((list) => list.length > 0 && list.every((one) => isObject(one) && nameOf(one) !== undefined));
    if (areNamed) return [...differences(indexed(mine), indexed(theirs), path), ...misplaced(mine, theirs, path)];
    if (mine.length === theirs.length) return mine.flatMap((value, index) => differences(value, theirs[index], `${path}/${index}`));
  } else if (isObject(mine) && isObject(theirs)) {
    const keys = [...new Set([...Object.keys(mine), ...Object.keys(theirs)])].sort();
    return keys.flatMap((key) => differences(mine[key], theirs[key], `${path}/${key}`));
  }
  return [`${path}: ${shown(mine)}, upstream ${shown(theirs)}`];
}
const nameOf = (one: any): string | undefined => one.name ?? one.resource ?? one.subresource ?? one.version ?? one.metadata?.name;
const keyOf = (one: any): string => `${nameOf(one)}${one.in === undefined ? '' : ` in ${one.in}`}`;
const indexed = (list: readonly any[]) => Object.fromEntries(list.map((one) => [keyOf(one), one]));
function misplaced(mine: readonly any[], theirs: readonly any[], path: string): string[] {
  const common = (list: readonly any[], other: readonly any[]) => list.map(keyOf).filter((key) => other.some((one) => keyOf(one) === key));
  const [here, there] = [common(mine, theirs), common(theirs, mine)];
  return here.join() === there.join() ? [] : [`${path}: in the order ${shown(here)}, upstream ${shown(there)}`];
}
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}

/** Without descriptions, and without what `isLeftOut`; a reference that stands alone in `allOf` is that reference. */
export function normalized(value: unknown, isLeftOut: (key: string, item: unknown) => boolean = () => false): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isLeftOut('', item)).map((item) => normalized(item, isLeftOut));
  if (!isObject(value)) return value;
  const { allOf, ...rest } = value;
  const isText = (key: string, item: unknown) => key === 'description' && typeof item === 'string';
  const entries = Object.entries(rest).filter(([key, item]) => !isText(key, item) && !isLeftOut(key, item));
  const result = Object.fromEntries(entries.map(([key, item]) => [key, normalized(item, isLeftOut)]));
  if (allOf === undefined) return result;
  const inner = normalized(allOf, isLeftOut) as readonly object[];
  return inner.length === 1 ? { ...result, ...inner[0] } : { ...result, allOf: inner };
}

/** A document of OpenAPI 2 with the shared parameters in the place of references to them, whose names depend on descriptions. */
export function withoutShared(document: any): unknown {
  const { parameters, ...rest } = document;
  const resolve = (value: any): any => {
    if (Array.isArray(value)) return value.map(resolve);
    if (!isObject(value)) return value;
    const reference = value.$ref;
    if (typeof reference === 'string' && reference.startsWith('#/parameters/')) return parameters[reference.slice('#/parameters/'.length)];
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item)]));
  };
  return resolve(rest);
}

/** References to what the document does not hold. */
export function dangling(document: any): string[] {
  const found = new Set<string>();
  const look = (value: any): void => {
    if (Array.isArray(value)) value.forEach(look);
    else if (isObject(value)) {
      if (typeof value.$ref === 'string' && at(document, value.$ref) === undefined) found.add(value.$ref);
      Object.values(value).forEach(look);
    }
  };
  look(document.paths);
  look(document.components?.schemas ?? document.definitions);
  return [...found];
}
function at(document: any, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce((value, key) => value?.[key], document);
}
