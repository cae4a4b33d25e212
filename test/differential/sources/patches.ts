import { type Random, seededRandom } from '../../../src/base/random.ts';
import type { AnyKind } from '../../../src/api/kind.ts';
import { chance, type Edit, pick, type Source, type Step } from '../scenario.ts';
import { ask, collectionOf, get, isFarReaching, itemOf, json, patch, pickKind, validObject } from './kinds.ts';
import { changed, validVariant } from './objects.ts';
import { editsBetween } from './values.ts';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The merge patch that says the edits. */
function mergePatchOf(edits: readonly Edit[], object: unknown): unknown {
  const result: any = {};
  for (const { path, value } of edits) {
    let target = result;
    let source: any = object;
    for (const [index, part] of path.entries()) {
      const isLast = index === path.length - 1;
      const next = source?.[part];
      // Lists are said whole.
      if (isLast || Array.isArray(next)) {
        target[part] = isLast ? (value ?? null) : withEdit(next, path.slice(index + 1), value);
        break;
      }
      target[part] ??= {};
      if (!isObject(target[part])) break;
      target = target[part];
      source = next;
    }
  }
  return result;
}
function withEdit(value: any, [first, ...rest]: Edit['path'], wanted: unknown): any {
  if (first === undefined) return wanted;
  if (Array.isArray(value))
    return wanted === undefined && rest.length === 0
      ? value.toSpliced(Number(first), 1)
      : value.with(Number(first), withEdit(value[Number(first)], rest, wanted));
  const copy = isObject(value) ? { ...value } : {};
  if (rest.length === 0 && wanted === undefined) delete copy[first];
  else copy[first] = withEdit(copy[first], rest, wanted);
  return copy;
}

const pointerOf = (path: Edit['path']) => path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
function jsonPatchOf(random: Random, edits: readonly Edit[]): unknown[] {
  const ops: unknown[] = edits.map(({ path, value }) => ({
    op: value === undefined ? 'remove' : pick(random, ['add', 'replace', 'add']),
    path: pointerOf(path),
    ...(value === undefined ? {} : { value }),
  }));
  const odd = [
    { op: 'test', path: '/metadata/name', value: 'one' },
    { op: 'test', path: '/metadata/nothing', value: null },
    { op: 'test', path: '/kind', value: 1 },
    { op: 'add', path: '/metadata/labels/x', value: 'y' },
    { op: 'add', path: '/metadata/annotations', value: { a: 'b' } },
    { op: 'remove', path: '/metadata/nothing' },
    { op: 'move', from: '/metadata/labels', path: '/metadata/annotations' },
    { op: 'copy', from: '/metadata/name', path: '/metadata/labels/copied' },
    { op: 'replace', path: '/metadata/nothing', value: 1 },
    { op: 'replace', path: '', value: {} },
    { op: 'nothing', path: '/a' },
    { op: 'add', path: 'metadata', value: 1 },
    { op: 'add', path: '/metadata/finalizers/-', value: 'example.com/a' },
    { op: 'add', path: '/spec/-', value: 1 },
    { op: 'add', path: '/metadata/labels/a~1b', value: '1' },
    { op: 'add' },
    {},
    1,
    { op: 'test', path: '/metadata/labels/scenario' },
    { path: '/metadata/labels/a', value: 'b' },
    { op: 'move', from: '/metadata', path: '/metadata/labels' },
    { op: 'remove', path: '' },
  ];
  while (chance(random, 0.4)) ops.splice(random.int(ops.length + 1), 0, pick(random, odd));
  return ops;
}

/** Sprinkles directives of strategic merge over a patch. */
function withDirectives(random: Random, value: any, depth = 0): any {
  if (Array.isArray(value)) {
    const items = value.map((one) => withDirectives(random, one, depth + 1));
    if (chance(random, 0.12))
      items.push(
        pick<unknown>(random, [
          { $patch: 'replace' },
          { $patch: 'delete', name: 'main' },
          { $patch: 'merge', name: 'main' },
          { $patch: 'x' },
          { name: 'side', $patch: 'delete' },
          { $patch: 1 },
        ]),
      );
    return items;
  }
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, withDirectives(random, one, depth + 1)]),
  );
  if (depth > 0 && chance(random, 0.08)) result.$patch = pick<unknown>(random, ['replace', 'delete', 'merge', 'x']);
  if (chance(random, 0.06)) result.$retainKeys = pick<unknown>(random, [['type'], Object.keys(value), [], 'x', [1], ['emptyDir', 'name']]);
  for (const [key, one] of Object.entries(value)) {
    if (!Array.isArray(one)) continue;
    if (chance(random, 0.1))
      result[`$setElementOrder/${key}`] = pick<unknown>(random, [
        one,
        [...one].reverse(),
        [],
        [{ name: 'main' }, { name: 'side' }],
        ['a'],
        'x',
        one.map((item) => (isObject(item) ? { name: item.name } : item)),
      ]);
    if (chance(random, 0.08)) result[`$deleteFromPrimitiveList/${key}`] = pick<unknown>(random, [one, ['a'], [1], 'x', [{}]]);
  }
  return result;
}

const options = [
  '',
  '',
  '',
  '',
  'fieldManager=me',
  'dryRun=All',
  'fieldValidation=Strict',
  'fieldValidation=Ignore',
  'force=true',
  'pretty=1',
];

function steps(random: Random, kind: AnyKind): Step[] {
  const base = validVariant(random, kind, 'one');
  const item = itemOf(kind, base);
  const dry = isFarReaching(kind) ? 'dryRun=All' : '';
  const result: Step[] = [{ label: 'one', method: 'POST', path: collectionOf(kind), body: json(base) }];
  for (let index = 0; index < 5; index++) {
    const edits = editsBetween(base, changed(random, kind, base));
    const path = ask(`${item}${kind.subresources.includes('status') && chance(random, 0.12) ? '/status' : ''}`, pick(random, options), dry);
    const type = pick(random, ['json', 'merge', 'strategic', 'strategic'] as const);
    const value = type === 'json' ? jsonPatchOf(random, edits) : mergePatchOf(edits, base);
    const odd = chance(random, 0.04);
    result.push(
      patch(
        type,
        path,
        odd
          ? pick<unknown>(random, [
              [],
              'x',
              1,
              null,
              [1],
              {},
              [{}],
              { metadata: null },
              { spec: null },
              { kind: 'X' },
              { apiVersion: 'v9' },
              { metadata: { resourceVersion: '1' } },
              { metadata: { uid: 'x' } },
            ])
          : type === 'strategic'
            ? withDirectives(random, value)
            : value,
      ),
    );
  }
  result.push(get(item));
  return result;
}

/** Patches of the three types on stored objects of every kind. */
export const patches: Source = {
  name: 'patches',
  scenario(seed) {
    const random = seededRandom(seed);
    return { name: `patches ${seed}`, steps: steps(random, pickKind(random)) };
  },
};

const managers = ['kubectl', 'controller', 'me'];
/** Parts of an object, as somebody would apply who owns only these. */
function partOf(random: Random, value: any, depth = 0): any {
  if (Array.isArray(value)) return depth > 5 || chance(random, 0.7) ? value : value.filter(() => chance(random, 0.7));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) =>
      depth > 0 && key !== 'name' && key !== 'containerPort' && chance(random, 0.15) ? [] : [[key, partOf(random, one, depth + 1)]],
    ),
  );
}
function applySteps(random: Random, kind: AnyKind): Step[] {
  const base = validVariant(random, kind, 'one');
  const item = itemOf(kind, base);
  const dry = isFarReaching(kind) ? 'dryRun=All' : '';
  const result: Step[] = [];
  if (chance(random, 0.5))
    result.push({ label: 'one', method: 'POST', path: ask(collectionOf(kind), 'fieldManager=creator'), body: json(base) });
  for (let index = 0; index < 6; index++) {
    const whole = chance(random, 0.4) ? changed(random, kind, base, 1) : base;
    const { metadata, ...rest } = partOf(random, whole) ?? {};
    const value = chance(random, 0.05)
      ? whole
      : {
          ...rest,
          apiVersion: base.apiVersion,
          kind: base.kind,
          metadata: isObject(metadata) ? { ...metadata, name: base.metadata.name } : metadata,
        };
    const parameters = [
      chance(random, 0.95) ? `fieldManager=${pick(random, managers)}` : '',
      chance(random, 0.35) ? 'force=true' : '',
      chance(random, 0.1) ? 'fieldValidation=Strict' : '',
      dry || (chance(random, 0.1) ? 'dryRun=All' : ''),
    ];
    const path = ask(`${item}${kind.subresources.includes('status') && chance(random, 0.15) ? '/status' : ''}`, ...parameters);
    const what = random.next();
    if (what < 0.75) result.push(patch('apply', path, value));
    else if (what < 0.9) result.push(patch('merge', path, mergePatchOf(editsBetween(base, whole), base)));
    else result.push({ method: 'PUT', path, body: json(whole) });
  }
  result.push(get(item));
  return result;
}
/** Server-side apply by several managers, with other writes between. */
export const applies: Source = {
  name: 'apply',
  scenario(seed) {
    const random = seededRandom(seed);
    return { name: `apply ${seed}`, steps: applySteps(random, pickKind(random)) };
  },
};
export { validObject };
