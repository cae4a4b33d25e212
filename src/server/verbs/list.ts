import type { AnyKind } from '../../api/kind.ts';
import { parseJson } from '../../api/json.ts';
import { apiVersionOf } from '../../api/kind.ts';
import { tryDecodeShape } from '../../api/decode.ts';
import { int64, shape, type ShapeOf, string } from '../../api/schema.ts';
import type { ApiObject, ListMeta } from '../../api/meta.ts';
import { goQuote } from '../../api/go-text.ts';
import { badRequest, expired, fieldError, invalid, StatusError, unknownError } from '../../api/status.ts';
import type { FieldError } from '../../api/status.ts';
import type { CallOptions, ObjectList } from '../../client/call.ts';
import { nextTurn } from '../../base/turn.ts';
import { RevisionError } from '../../store/store.ts';
import type { Item, KindCache } from '../cache/kind-cache.ts';
import { objectOf, prefixOf } from '../cache/stored-object.ts';
import { parseFieldSelector, parseLabelSelector } from '../../api/selector.ts';
import { type Selection, selectionOf } from '../lib/selection.ts';
import { isEventKind } from '../kind-rules.ts';
import { tooLarge } from '../watch-cache.ts';
import type { Engine } from './engine.ts';

/** Entries looked at before other work gets its turn. */
const sliceSize = 500;

interface Page {
  readonly objects: ApiObject[];
  /** Key of the last item, when there may be more. */
  readonly lastKey: string | undefined;
  readonly remaining: number;
}

/** Lists with selectors, pages at a fixed revision, and the resourceVersion rules of kubernetes.io/docs/reference/using-api/api-concepts. */
export async function list(engine: Engine, kind: AnyKind, namespace: string | undefined, options: CallOptions): Promise<ObjectList> {
  checkListOptions(options);
  const selection = selectionOf(kind, namespace, options);
  const stored = engine.conversions.storedKind(kind);
  const prefix = prefixOf(stored);
  const scoped = selection.namespace === undefined ? prefix : `${prefix}${selection.namespace}/`;
  // What tokens to go on with are relative to.
  const base = namespace === undefined ? prefix : `${prefix}${namespace}/`;
  const only = options.continue ? undefined : onlyKey(kind, namespace, base, selection);
  const isCached = !isEventKind(kind);
  // Whatever there is, as upstream gives it from its cache.
  const isUnlimited = isCached && options.resourceVersion === '0';
  const limit = options.limit !== undefined && options.limit > 0 && !isUnlimited && only === undefined ? options.limit : 0;
  let revision: number;
  let page: Page;
  if (options.continue) {
    const token = decodeContinue(options.continue, base);
    if (options.resourceVersion && options.resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    const cache = await freshFor(engine, kind, undefined);
    revision = token.revision < 0 ? engine.cache.revision : token.revision;
    page =
      cache.lastChange <= revision && revision <= engine.cache.revision
        ? await fromCache(engine, kind, inRange(cache, scoped, token.after), { ...selection, indexed: undefined }, limit)
        : await fromStore(engine, kind, scoped, selection, { revision, after: token.after, limit, paging: base });
    return asList(kind, revision, page, base, selection);
  }
  const asked = parseRevision(options.resourceVersion, invalidVersion);
  if (isExact(options, asked)) {
    revision = asked ?? 0;
    const retryAfterSeconds = isCached && only === undefined ? 1 : 0;
    if (revision > engine.store.revision) throw tooLarge(revision, engine.store.revision, retryAfterSeconds);
    page = await fromStore(engine, kind, only ?? scoped, selection, { revision, after: undefined, limit, paging: undefined, only });
  } else {
    const cache = await freshFor(engine, kind, asked);
    revision = engine.cache.revision;
    const found = only === undefined ? inRange(cache, scoped) : named(cache, only);
    page = await fromCache(engine, kind, found, selection, limit);
  }
  return asList(kind, revision, page, base, selection);
}
/** The key of the only object that a selector of names leaves: upstream gets that one. */
function onlyKey(kind: AnyKind, namespace: string | undefined, base: string, { name }: Selection): string | undefined {
  return name === undefined || (kind.scope === 'Namespaced' && namespace === undefined) ? undefined : base + name;
}

/** Waits a little for a revision to come. Upstream keeps no events in memory: for theirs nothing is waited. Throws Timeout. */
export async function reached(engine: Engine, kind: AnyKind, revision: number): Promise<void> {
  if (isEventKind(kind) && revision > engine.store.revision) throw tooLarge(revision, engine.store.revision, 0);
  await engine.cache.atLeast(revision);
}
export const invalidVersion = (why: string): StatusError => badRequest(`invalid resource version: ${why}`);

/** The kind, as new as is asked: undefined is the newest state, 0 any. */
async function freshFor(engine: Engine, kind: AnyKind, asked: number | undefined): Promise<KindCache> {
  const { cache, clock, metrics } = engine;
  const startedMs = clock.monotonic();
  const prefix = prefixOf(engine.conversions.storedKind(kind));
  const reads = cache.reads(prefix);
  try {
    if (asked !== undefined && asked > 0) await reached(engine, kind, asked);
    const fresh = await cache.fresh(prefix);
    if (asked === undefined) reads.consistentLists++;
    return fresh;
  } catch (error) {
    if (asked === undefined) reads.consistentFailures++;
    throw error;
  } finally {
    if (asked !== 0) metrics.waited(prefix, (clock.monotonic() - startedMs) / 1000);
  }
}

/** All there is of a kind now, of one namespace or of all. */
export async function allOf(engine: Engine, kind: AnyKind, namespace: string | undefined): Promise<readonly ApiObject[]> {
  const prefix = prefixOf(engine.conversions.storedKind(kind));
  const cache = await engine.cache.fresh(prefix);
  const found = inRange(cache, namespace === undefined ? prefix : `${prefix}${namespace}/`);
  if (engine.conversions.view(kind) !== undefined)
    return (await fromCache(engine, kind, found, selectionOf(kind, namespace, {}), 0)).objects;
  return Array.from(found.items, ({ object }) => object);
}

/** Pages of a revision are of that one, also when nobody says so: how it was before there was a choice. */
const isExact = ({ resourceVersionMatch, limit = 0 }: CallOptions, asked: number | undefined): boolean =>
  resourceVersionMatch === 'Exact' || (!resourceVersionMatch && limit > 0 && asked !== undefined && asked > 0);
function asList(kind: AnyKind, revision: number, page: Page, base: string, selection: Selection): ObjectList {
  const metadata: { -readonly [K in keyof ListMeta]: ListMeta[K] } = { resourceVersion: String(revision) };
  if (page.lastKey !== undefined) {
    metadata.continue = encodeContinue(page.lastKey.slice(base.length), revision);
    if (selection.everything) metadata.remainingItemCount = page.remaining;
  }
  return { apiVersion: apiVersionOf(kind), kind: kind.listKind, metadata, items: page.objects };
}

/** What may be listed of what is in memory. */
interface Found {
  readonly items: Iterable<Item>;
  readonly count: number;
}
const inRange = (cache: KindCache, scoped: string, after?: string): Found => ({
  items: cache.range(scoped, after),
  count: cache.count(scoped, after),
});
function named(cache: KindCache, key: string): Found {
  const item = cache.get(key);
  return item === undefined ? { items: [], count: 0 } : { items: [item], count: 1 };
}
async function fromCache(engine: Engine, kind: AnyKind, { items, count }: Found, selection: Selection, limit: number): Promise<Page> {
  const { indexed } = selection;
  const show = engine.conversions.view(kind);
  const objects: ApiObject[] = [];
  let lastKey: string | undefined;
  let remaining = 0;
  const shownMax = limit > 0 && selection.everything ? limit : Number.POSITIVE_INFINITY;
  for (const { entry, object: stored } of show === undefined ? items : await prepared(engine, kind, [...items], shownMax)) {
    const isFull = limit > 0 && objects.length === limit;
    if (isFull && indexed === undefined) {
      remaining = selection.everything ? count - objects.length : 1;
      break;
    }
    const object = show?.(stored) ?? stored;
    if (indexed?.(object) === false) continue;
    if (isFull) {
      remaining = 1;
      break;
    }
    if (selection.match !== undefined && !selection.match(object)) continue;
    objects.push(object);
    lastKey = entry.key;
  }
  engine.cache.reads(prefixOf(engine.conversions.storedKind(kind))).listed(count, objects.length);
  return { objects, lastKey: remaining > 0 ? lastKey : undefined, remaining };
}
/** The items, whose first `count` are ready to be shown: converted in slices, so that other work gets its turn. */
export async function prepared(
  engine: Engine,
  kind: AnyKind,
  items: readonly Item[],
  count = Number.POSITIVE_INFINITY,
): Promise<readonly Item[]> {
  const show = engine.conversions.view(kind);
  const prepare = engine.conversions.prepare(kind);
  for (let start = 0; start < Math.min(items.length, count); start += sliceSize) {
    const slice = items.slice(start, Math.min(start + sliceSize, count)).map(({ object }) => object);
    await prepare?.(slice);
    for (const object of slice) show?.(object);
    if (start > 0) await nextTurn();
  }
  return items;
}

interface PastRange {
  readonly revision: number;
  readonly after: string | undefined;
  readonly limit: number;
  /** Set for pages: what an expired continue token is made for. */
  readonly paging: string | undefined;
  /** Set when nothing but this key counts. */
  readonly only?: string | undefined;
}

async function fromStore(engine: Engine, kind: AnyKind, scoped: string, selection: Selection, range: PastRange): Promise<Page> {
  const show = engine.conversions.view(kind);
  const cache = await engine.cache.fresh(prefixOf(engine.conversions.storedKind(kind)));
  const objects: ApiObject[] = [];
  let after = range.after;
  let lastKey: string | undefined;
  let fetched = 0;
  let evaluated = 0;
  const pageOf = (last: string | undefined, remaining: number): Page => {
    cache.reads.read(fetched, evaluated, objects.length);
    return { objects, lastKey: last, remaining };
  };
  for (;;) {
    const page = await rangeAt(engine, scoped, range, after);
    const entries = range.only === undefined ? page.entries : page.entries.filter(({ key }) => key === range.only);
    fetched += entries.length;
    const found = entries.map((entry): Item => {
      const known = cache.get(entry.key);
      return { entry, object: known?.entry.modRevision === entry.modRevision ? known.object : objectOf(entry) };
    });
    if (show !== undefined) await prepared(engine, kind, found);
    for (const [index, { entry, object: stored }] of found.entries()) {
      const object = show?.(stored) ?? stored;
      after = entry.key;
      if (range.limit > 0 && objects.length === range.limit) {
        return pageOf(lastKey, page.remaining + page.entries.length - index);
      }
      evaluated++;
      if (selection.match !== undefined && !selection.match(object)) continue;
      objects.push(object);
      lastKey = entry.key;
    }
    // The key that counts is the first of all that begin with it.
    if (range.only !== undefined || page.remaining === 0 || page.entries.length === 0) return pageOf(undefined, 0);
  }
}
async function rangeAt(engine: Engine, scoped: string, range: PastRange, after: string | undefined) {
  try {
    return await engine.store.range(scoped, { revision: range.revision, limit: sliceSize, ...(after === undefined ? {} : { after }) });
  } catch (error) {
    if (!(error instanceof RevisionError)) throw error;
    if (error.future) throw tooLarge(range.revision, error.current);
    throw tooOld(range, after);
  }
}

const tooOldToContinue =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted ' +
  'between the time the first chunk was returned and now may show up in the list.';

function tooOld({ paging, after: first }: PastRange, after: string | undefined): StatusError {
  if (paging === undefined) return expired('The resourceVersion for the provided list is too old.');
  return new ExpiredContinue(tooOldToContinue, encodeContinue((after ?? first ?? paging).slice(paging.length), -1));
}
/** 410 whose Status carries a token to go on with, at the newest revision. */
class ExpiredContinue extends StatusError {
  readonly #continue: string;
  constructor(message: string, token: string) {
    super(410, 'Expired', message);
    this.#continue = token;
  }
  override toStatus() {
    return { ...super.toStatus(), metadata: { continue: this.#continue } };
  }
}

function encodeContinue(lastKey: string, revision: number): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${lastKey}\u0000` })).toString('base64url');
}
function decodeContinue(text: string, prefix: string): { revision: number; after: string } {
  const wrong = (why = '') => badRequest(`invalid continue token: continue key is not valid${why === '' ? '' : `: ${why}`}`);
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) {
    const at = /^[\w-]*/.exec(text)![0].length;
    throw wrong(`illegal base64 data at input byte ${at === text.length ? at - 1 : at}`);
  }
  const { v, rv, start: given } = readToken(text, wrong);
  if (v !== 'meta.k8s.io/v1') throw wrong(`server does not recognize this encoded version ${v}`);
  if (rv === 0) throw wrong('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (given === '') throw wrong('encoded start key empty (version meta.k8s.io/v1)');
  const start = given.replace(/\u0000$/, '').replace(/^\//, '');
  if (start.split('/').some((part) => part === '' || part === '.' || part === '..')) throw wrong(given);
  return { revision: rv, after: prefix + start };
}
const continueToken = shape('storage.continueToken', { v: string(1), rv: int64(2), start: string(3) });
function readToken(text: string, wrong: (why: string) => StatusError): ShapeOf<typeof continueToken> {
  try {
    const { value } = parseJson(Buffer.from(text, 'base64url'), { keepNumbers: true });
    const token = tryDecodeShape(continueToken, value ?? {});
    if ('error' in token) throw wrong(token.error);
    return token.value as ShapeOf<typeof continueToken>;
  } catch (error) {
    throw error instanceof StatusError ? error : wrong((error as Error).message);
  }
}

/** undefined: none was given. Throws what `fail` makes of the words, by default 500 as upstream, for what is not a number. */
export function parseRevision(text: string | undefined, fail: (why: string) => StatusError = unknownError): number | undefined {
  if (text === undefined || text === '') return undefined;
  const isNumber = /^\d+$/.test(text);
  if (isNumber && BigInt(text) < 2n ** 64n) return Number(text);
  const why = `strconv.ParseUint: parsing ${goQuote(text)}: ${isNumber ? 'value out of range' : 'invalid syntax'}`;
  throw fail(`resourceVersion: Invalid value: ${goQuote(text)}: ${why}`);
}

/** Throws Invalid for options of a list that go with no others. */
export function checkListOptions(options: CallOptions): void {
  const errors: FieldError[] = [];
  const match: string | undefined = options.resourceVersionMatch;
  if (match) {
    const forbid = (why: string) => errors.push(fieldError.forbidden('resourceVersionMatch', why));
    if (!options.resourceVersion) forbid('resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (options.continue) forbid('resourceVersionMatch is forbidden when continue is provided');
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(fieldError.notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', ''], 'as given'));
    }
    if (match === 'Exact' && options.resourceVersion === '0') {
      forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(fieldError.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  if (errors.length === 0) return;
  // Selectors are read before anything is checked.
  parseLabelSelector(options.labelSelector ?? '');
  parseFieldSelector(options.fieldSelector ?? '');
  throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}
