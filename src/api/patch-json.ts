import { StatusError, badRequest, tooLarge } from './status.ts';

/** JSON patch (RFC 6902), with upstream's limits and errors. */
interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}
const mostOperations = 10_000;
/** Bytes that `copy` operations may add up to: the size of a request. */
const mostCopiedBytes = 3 * 1024 * 1024;

const failed = (message: string) => new StatusError(422, 'Invalid', message);

function pointer(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw failed(`jsonpatch: invalid path ${JSON.stringify(path)}`);
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
function position(list: readonly unknown[], part: string, forAdd: boolean): number {
  if (part === '-' && forAdd) return list.length;
  if (!/^(0|[1-9]\d*)$/.test(part) || Number(part) > list.length - (forAdd ? 0 : 1))
    throw failed(`the server rejected our request due to an error in our request: unable to access invalid index: ${part}`);
  return Number(part);
}
const missing = (operation: string, path: string) =>
  failed(
    `the server rejected our request due to an error in our request: ${operation} operation does not apply: doc is missing path: ${path}: missing value`,
  );

function get(document: unknown, path: string, operation: string): unknown {
  let value = document;
  for (const part of pointer(path)) {
    if (Array.isArray(value)) value = value[position(value, part, false)];
    else if (typeof value === 'object' && value !== null && Object.hasOwn(value, part)) value = (value as Record<string, unknown>)[part];
    else throw missing(operation, path);
  }
  return value;
}

/** The document with the value under `parts` changed by `edit`; what is not on the way is shared. */
function rebuild(
  document: unknown,
  parts: readonly string[],
  path: string,
  operation: string,
  edit: (holder: unknown[] | Map<string, unknown>, last: string) => void,
): unknown {
  const [part, ...rest] = parts;
  if (part === undefined) throw missing(operation, path);
  if (Array.isArray(document)) {
    const copy = [...document];
    if (rest.length === 0) edit(copy, part);
    else {
      const index = position(copy, part, false);
      copy[index] = rebuild(copy[index], rest, path, operation, edit);
    }
    return copy;
  }
  if (typeof document !== 'object' || document === null) throw missing(operation, path);
  const copy = new Map<string, unknown>(Object.entries(document));
  if (rest.length === 0) edit(copy, part);
  else {
    if (!copy.has(part)) throw missing(operation, path);
    copy.set(part, rebuild(copy.get(part), rest, path, operation, edit));
  }
  return Object.fromEntries(copy);
}

function add(document: unknown, path: string, value: unknown): unknown {
  const parts = pointer(path);
  if (parts.length === 0) return value;
  return rebuild(document, parts, path, 'add', (holder, last) => {
    if (Array.isArray(holder)) holder.splice(position(holder, last, true), 0, value);
    else holder.set(last, value);
  });
}
function remove(document: unknown, path: string): unknown {
  return rebuild(document, pointer(path), path, 'remove', (holder, last) => {
    if (Array.isArray(holder)) holder.splice(position(holder, last, false), 1);
    else if (!holder.delete(last))
      throw failed(
        `the server rejected our request due to an error in our request: Unable to remove nonexistent key: ${last}: missing value`,
      );
  });
}
function replace(document: unknown, path: string, value: unknown): unknown {
  if (path === '') return value;
  get(document, path, 'replace');
  return rebuild(document, pointer(path), path, 'replace', (holder, last) => {
    if (Array.isArray(holder)) holder[position(holder, last, false)] = value;
    else holder.set(last, value);
  });
}
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same((a as any)[key], (b as any)[key]));
}

/** The patched document; inputs stay as they are. Throws 400, 413 or 422. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  if (patch.length > mostOperations)
    throw tooLarge(`The allowed maximum operations in a JSON patch is ${mostOperations}, got ${patch.length}`);
  let copiedBytes = 0;
  let result = document;
  for (const operation of patch as readonly Operation[]) {
    if (typeof operation !== 'object' || operation === null || typeof operation.path !== 'string')
      throw failed('jsonpatch: every operation needs a path');
    const { op, path, from, value } = operation;
    if ((op === 'move' || op === 'copy') && typeof from !== 'string') throw failed(`jsonpatch: ${op} needs a from`);
    switch (op) {
      case 'add':
        result = add(result, path, value);
        break;
      case 'remove':
        result = remove(result, path);
        break;
      case 'replace':
        result = replace(result, path, value);
        break;
      case 'move': {
        const moved = get(result, from!, 'move');
        if (path === from || path.startsWith(`${from}/`)) {
          if (path !== from) throw failed('jsonpatch: a value cannot be moved into itself');
          break;
        }
        result = add(remove(result, from!), path, moved);
        break;
      }
      case 'copy': {
        const copied = get(result, from!, 'copy');
        copiedBytes += JSON.stringify(copied ?? null).length;
        if (copiedBytes > mostCopiedBytes)
          throw tooLarge(
            `Unable to complete the copy, the accumulated size increase of copy operations is ${copiedBytes}, exceeding the limit ${mostCopiedBytes}`,
          );
        result = add(result, path, copied);
        break;
      }
      case 'test':
        if (!same(get(result, path, 'test'), value ?? null))
          throw failed(`the server rejected our request due to an error in our request: testing value ${path} failed: test failed`);
        break;
      default:
        throw failed(`Unexpected kind: ${String(op)}`);
    }
  }
  return result;
}
