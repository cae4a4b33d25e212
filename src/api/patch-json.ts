import { sameJson } from '../base/equal.ts';
import { NumberText } from './number-text.ts';
import { StatusError, badRequest, tooLarge } from './status.ts';

/**
 * JSON patch (RFC 6902) as upstream's library applies it: negative indexes count from the end, `replace` makes a key that
 * is missing, and `test` and `copy` take a missing key for null.
 */
interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}
type Holder = unknown[] | Record<string, unknown>;

const mostOperations = 10_000;
/** Bytes that `copy` operations may add up to: the size of a request. */
const mostCopiedBytes = 3 * 1024 * 1024;
/** Items of lists that may move up or down, all operations together: what is more would take seconds. */
const mostMovedItems = 50_000_000;
/** Of what a patch makes; as for bodies. */
const deepest = 500;

/** Upstream's clients are not told more; the cause says what failed. */
function failed(why: string): StatusError {
  const error = new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
  error.cause = new Error(why);
  return error;
}
const invalidIndex = (part: number) => `Unable to access invalid index: ${part}: invalid index referenced`;

/** The document being changed. What the caller gave is copied, level by level, before it is written. */
class Draft {
  #root: { document: unknown };
  #movedItems = 0;
  readonly #own = new WeakSet<object>();

  constructor(document: unknown) {
    this.#root = { document };
  }
  get document(): unknown {
    return this.#root.document;
  }
  /** Puts items in or takes them out of a list that is ready to be written. */
  splice(list: unknown[], index: number, remove: 0 | 1, ...items: readonly unknown[]): void {
    this.#movedItems += list.length - index;
    if (this.#movedItems > mostMovedItems)
      throw failed(`Unable to complete the patch, it moves more than ${mostMovedItems} items of lists`);
    list.splice(index, remove, ...items);
  }
  restart(document: object): void {
    this.#root.document = document;
  }
  #owned(holder: object): Holder {
    if (this.#own.has(holder)) return holder as Holder;
    const copy: Holder = Array.isArray(holder) ? [...(holder as unknown[])] : { ...(holder as Record<string, unknown>) };
    this.#own.add(copy);
    return copy;
  }
  /** The object or list that holds what `path` names, ready to be written, and the last step; undefined when there is none. */
  holderOf(path: string): { readonly holder: Holder; readonly last: string } | undefined {
    const steps = path
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = steps.pop();
    if (last === undefined || !isContainer(this.#root.document)) return undefined;
    let holder = this.#owned(this.#root.document);
    this.#root.document = holder;
    for (const step of steps) {
      const child = get(holder, step);
      if ('fault' in child || !isContainer(child.value)) return undefined;
      const owned = this.#owned(child.value);
      if (owned !== child.value) put(holder, step, owned);
      holder = owned;
    }
    return { holder, last };
  }
}
const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null && !(value instanceof NumberText);

/** Where a step leads in a list; a number out of range, or the words of what is wrong. */
function indexIn(list: readonly unknown[], step: string): number | string {
  if (!/^[+-]?\d+$/.test(step)) return `strconv.Atoi: parsing ${JSON.stringify(step)}: invalid syntax`;
  const index = Number(step);
  return index < 0 ? index + list.length : index;
}
function get(holder: Holder, step: string): { readonly value: unknown } | { readonly fault: string } {
  if (!Array.isArray(holder)) return { value: Object.hasOwn(holder, step) ? holder[step] : undefined };
  const index = indexIn(holder, step);
  if (typeof index === 'string') return { fault: index };
  return index >= 0 && index < holder.length ? { value: holder[index] } : { fault: invalidIndex(Number(step)) };
}
/** Writes what `get` found. */
function put(holder: Holder, step: string, value: unknown): void {
  if (Array.isArray(holder)) holder[indexIn(holder, step) as number] = value;
  else if (step !== '__proto__') holder[step] = value;
  else Object.defineProperty(holder, step, { value, enumerable: true, configurable: true, writable: true });
}

function add(draft: Draft, path: string, value: unknown): void {
  const place = draft.holderOf(path);
  if (place === undefined) throw failed(`add operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`);
  insert(draft, place.holder, place.last, value, `error in add for path: '${path}'`);
}
function insert(draft: Draft, holder: Holder, step: string, value: unknown, about: string): void {
  if (!Array.isArray(holder)) return put(holder, step, value);
  if (step === '-') {
    holder.push(value);
    return;
  }
  if (!/^[+-]?\d+$/.test(step)) {
    throw failed(`${about}: value was not a proper array index: '${step}': strconv.Atoi: parsing ${JSON.stringify(step)}: invalid syntax`);
  }
  const index = Number(step) < 0 ? Number(step) + holder.length + 1 : Number(step);
  if (index < 0 || index > holder.length) throw failed(`${about}: ${invalidIndex(Number(step))}`);
  draft.splice(holder, index, 0, value);
}
function take(draft: Draft, holder: Holder, step: string, about: string): void {
  const found = get(holder, step);
  if ('fault' in found) throw failed(`${about}: ${found.fault}`);
  if (Array.isArray(holder)) draft.splice(holder, indexIn(holder, step) as number, 1);
  else if (Object.hasOwn(holder, step)) delete holder[step];
  else throw failed(`${about}: Unable to remove nonexistent key: ${step}: missing value`);
}
function remove(draft: Draft, path: string): void {
  const place = draft.holderOf(path);
  if (place === undefined) throw failed(`remove operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`);
  take(draft, place.holder, place.last, `error in remove for path: '${path}'`);
}
function replace(draft: Draft, path: string, value: unknown): void {
  if (path === '') {
    if (!isContainer(value)) throw failed('replace operation value must be object or array');
    return draft.restart(value);
  }
  const place = draft.holderOf(path);
  if (place === undefined) throw failed(`replace operation does not apply: doc is missing path: ${path}: missing value`);
  if ('fault' in get(place.holder, place.last))
    throw failed(`replace operation does not apply: doc is missing key: ${path}: missing value`);
  put(place.holder, place.last, value);
}
function move(draft: Draft, from: string, path: string): void {
  const source = draft.holderOf(from);
  if (source === undefined) throw failed(`move operation does not apply: doc is missing from path: ${from}: missing value`);
  const found = get(source.holder, source.last);
  if ('fault' in found) throw failed(`error in move for path: '${source.last}': ${found.fault}`);
  take(draft, source.holder, source.last, `error in move for path: '${source.last}'`);
  const place = draft.holderOf(path);
  if (place === undefined) throw failed(`move operation does not apply: doc is missing destination path: ${path}: missing value`);
  insert(draft, place.holder, place.last, found.value, `error in move for path: '${path}'`);
}
const tooDeep = () => failed('exceeded max depth');
/** What earlier operations put into each other may be deeper than can be written. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw tooDeep();
  }
}
function isTooDeep(value: unknown, left: number): boolean {
  if (!isContainer(value)) return false;
  return left === 0 || Object.values(value).some((child) => isTooDeep(child, left - 1));
}
/** Gives how many bytes were copied. */
function copy(draft: Draft, from: string, path: string, copiedBytes: number): number {
  const source = draft.holderOf(from);
  if (source === undefined) throw failed(`copy operation does not apply: doc is missing from path: ${from}: missing value`);
  const found = get(source.holder, source.last);
  if ('fault' in found) throw failed(`error in copy for from: '${from}': ${found.fault}`);
  const text = textOf(found.value ?? null);
  const bytes = copiedBytes + text.length;
  if (bytes > mostCopiedBytes) {
    throw failed(`Unable to complete the copy, the accumulated size increase of copy is ${bytes}, exceeding the limit ${mostCopiedBytes}`);
  }
  const place = draft.holderOf(path);
  if (place === undefined) throw failed(`copy operation does not apply: doc is missing destination path: ${path}: missing value`);
  // A copy of its own: both places may be changed by later operations.
  insert(draft, place.holder, place.last, JSON.parse(text), `error in copy for path: '${path}'`);
  return bytes;
}
function test(draft: Draft, path: string, value: unknown): void {
  const place = draft.holderOf(path);
  if (place === undefined) throw failed(`test operation does not apply: is missing path: ${path}: missing value`);
  const found = get(place.holder, place.last);
  if ('fault' in found) throw failed(`error in test for path: '${path}': ${found.fault}`);
  if (!sameJson(found.value ?? null, value ?? null)) throw failed(`testing value ${path} failed: test failed`);
}
function text(value: unknown, op: string, field: 'path' | 'from'): string {
  if (typeof value === 'string') return value;
  const inner = field === 'from' ? 'operation, missing from field: ' : '';
  throw failed(`${op} operation failed to decode ${field}: ${inner}missing value`);
}

/** The patched document; inputs stay as they are. Throws 400 for what is no patch, 413 for one too long, 422 for one that fails. */
export function applyJsonPatch(document: unknown, patch: unknown, { isLenient = false }: { readonly isLenient?: boolean } = {}): unknown {
  if (patch === null) return document;
  if (!Array.isArray(patch)) throw unreadable(patch, isLenient ? 'jsonpatch.Patch' : '[]handlers.jsonPatchOp');
  if (patch.length > mostOperations)
    throw tooLarge(`The allowed maximum operations in a JSON patch is ${mostOperations}, got ${patch.length}`);
  for (const operation of patch) {
    if (!isContainer(operation) || Array.isArray(operation)) {
      throw unreadable(operation, isLenient ? 'jsonpatch.Operation' : 'handlers.jsonPatchOp');
    }
  }
  const draft = new Draft(document);
  let copiedBytes = 0;
  for (const { op, path, from, value } of patch as readonly Operation[]) {
    switch (op) {
      case 'add':
        add(draft, text(path, op, 'path'), value ?? null);
        break;
      case 'remove':
        remove(draft, text(path, op, 'path'));
        break;
      case 'replace':
        replace(draft, text(path, op, 'path'), value ?? null);
        break;
      case 'move':
        move(draft, text(from, op, 'from'), text(path, op, 'path'));
        break;
      case 'copy':
        copiedBytes = copy(draft, text(from, op, 'from'), text(path, op, 'path'), copiedBytes);
        break;
      case 'test':
        test(draft, text(path, op, 'path'), value);
        break;
      default:
        throw failed(`Unexpected kind: ${typeof op === 'string' ? op : 'unknown'}`);
    }
  }
  if (isTooDeep(draft.document, deepest)) throw tooDeep();
  return draft.document;
}
const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : value instanceof NumberText ? 'number' : typeof value === 'boolean' ? 'bool' : typeof value;
/** Who asks for no validation is told by the patch itself, not by a strict reader before it. */
const unreadable = (value: unknown, type: string): StatusError =>
  badRequest(
    `${type.startsWith('jsonpatch.') ? '' : 'error decoding patch: '}json: cannot unmarshal ${kindOf(value)} into Go value of type ${type}`,
  );
