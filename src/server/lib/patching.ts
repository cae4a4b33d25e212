import { goTypeOf } from '../../api/decode-error.ts';
import { DecodeFailure, noObjectText, tryDecodeShape, unknownConversion } from '../../api/decode.ts';
import { goText, inOrder } from '../../api/go-text.ts';
import { goEscaped, isJsonObject, jsonText, NumberText } from '../../api/json.ts';
import { type AnyKind, apiVersionOf, type Draft } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { metaShape } from '../../api/meta-types.ts';
import { applyJsonPatch } from '../../api/patch-json.ts';
import { applyMergePatch } from '../../api/patch-merge.ts';
import { applyStrategicPatch } from '../../api/patch-strategic.ts';
import { badRequest, fieldError, invalid, notRegistered, StatusError, undeterminable } from '../../api/status.ts';
import type { KindIndex } from '../types.ts';
import type { WriteRequest } from '../verbs/engine.ts';
import { BrokenPatch, decodeBody, ParsedBody, PatchedBody, valueOf } from './decoding.ts';

type ObjectPatch = 'json' | 'merge' | 'strategic';

/** Without validation a merge patch need not be an object: a list takes the place of all, what is neither is none. */
function patchValue(type: ObjectPatch, body: unknown, isLenient: boolean): unknown {
  if (type !== 'merge' || !isLenient || !(body instanceof BrokenPatch) || body.value === undefined) return valueOf(body);
  if (!Array.isArray(body.value)) throw badRequest('Invalid JSON Patch');
  return body.value;
}

/** What a patch makes, not decoded yet; of a strategic patch what is left of it, too. Throws 400, 413, 415 or 422. */
function apply(kind: AnyKind, type: ObjectPatch, current: ApiObject, patch: unknown, body: unknown, isLenient: boolean) {
  if (type === 'json') return { object: applyJsonPatch(current, patch, { isLenient }) as object, left: undefined };
  if (type === 'merge') {
    if (body instanceof ParsedBody && body.isNull) throw badRequest('Invalid JSON Patch');
    return { object: applyMergePatch(current, patch) as object, left: undefined };
  }
  if (kind.custom === undefined) return applyStrategicPatch(kind, current, patch);
  throw new StatusError(
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
  );
}

/**
 * The object that a patch makes of the current one, defaulted and not checked yet. Throws 400, 413, 415 or 422; Invalid, with the patch or what
 * it made, when that is no object.
 */
export function patched(
  { kind, options, warn }: WriteRequest,
  type: ObjectPatch,
  current: ApiObject,
  body: unknown,
  kinds: KindIndex,
): Draft<ApiObject> {
  const isLenient = options.fieldValidation === 'Ignore';
  const patch = patchValue(type, body, isLenient);
  const { object: result, left } = apply(kind, type, current, patch, body, isLenient);
  const isText = type !== 'strategic' && kind.custom === undefined;
  const made = isText ? (inOrderWhere(result, type === 'json' ? namedBy(patch) : patch) as object) : result;
  const refuse = (why: string) => {
    const shown = left !== undefined ? goText(left) : isText ? patchedText(made) : jsonText(inOrder(made));
    return invalid({ group: '', kind: '' }, '', [fieldError.invalid('patch', shown, why)]);
  };
  const wanted = { apiVersion: apiVersionOf(kind), kind: kind.kind };
  if (kind.custom === undefined && !isJsonObject(result)) throw refuse(noObjectText(result));
  for (const name of isText ? ['kind', 'apiVersion'] : []) {
    const value = (result as Record<string, unknown>)[name];
    if (value !== undefined && value !== null && typeof value !== 'string')
      throw refuse(
        `couldn't get version/kind; json parse error: json: cannot unmarshal ${goTypeOf(value)} into Go struct field .${name} of type string`,
      );
  }
  const given = result as { readonly apiVersion?: unknown; readonly kind?: unknown };
  // A strategic patch can't make another type of an object; the others make a text, which is read as what it says it is.
  const named = type === 'strategic' ? { ...result, ...wanted, ...typesThatAreNoText(given) } : made;
  const says = { apiVersion: String(given.apiVersion ?? wanted.apiVersion), kind: String(given.kind || wanted.kind) };
  if (isText && !given.apiVersion && says.kind === kind.kind) throw ofNoVersion(made, options, warn, refuse, current.metadata.name);
  if (isText && !isRegistered(kinds, says)) throw refuse(whyNotOf(kind, says, made));
  try {
    return decodeBody(kind, new PatchedBody(named, { problems: problemsOf(type, body) }, type === 'strategic'), options, warn);
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    throw refuse(type === 'strategic' ? error.ofValue : error.why);
  }
}

const minusZero = new NumberText('-0').toJSON();
/** As it was patched: Go takes the sign of a zero along. */
const patchedText = (made: object): string => goEscaped(JSON.stringify(made, (_key, value) => (Object.is(value, -0) ? minusZero : value)));

/** A text that says no version is read as what upstream has within: its fields have other names, so nothing of it is known, not even its name. */
function ofNoVersion(
  made: object,
  { fieldValidation = 'Warn' }: WriteRequest['options'],
  warn: (text: string) => void,
  refuse: (why: string) => StatusError,
  name: string,
): StatusError {
  const unknown = Object.keys(made).filter((key) => key !== 'kind' && key !== 'apiVersion');
  const problems = unknown.map((key) => `unknown field ${JSON.stringify(key)}`);
  if (fieldValidation === 'Strict' && problems.length > 0) return refuse(`strict decoding error: ${problems.join(', ')}`);
  if (fieldValidation === 'Warn') for (const problem of problems) warn(problem);
  return undeterminable(name);
}

/** What even a strategic patch cannot set, so that decoding tells of it. */
const typesThatAreNoText = (given: object): object =>
  Object.fromEntries(
    Object.entries(given).filter(([name, value]) => ['apiVersion', 'kind'].includes(name) && typeof value !== 'string' && value !== null),
  );

/** Types that are everywhere, such as Status, are read as what they are first. */
function whyNotOf(kind: AnyKind, says: { readonly apiVersion: string; readonly kind: string }, made: object): string {
  const shape = metaShape(says);
  if (shape === undefined) return notRegistered(says);
  const read = tryDecodeShape(shape, made);
  return 'error' in read ? read.error : unknownConversion(says.kind, says.apiVersion.split('/').at(-1)!, kind);
}
function isRegistered(kinds: KindIndex, { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean {
  const slash = apiVersion.indexOf('/');
  return kinds.byKind(apiVersion.slice(0, Math.max(slash, 0)), kind, apiVersion.slice(slash + 1)) !== undefined;
}

const operationFields = ['op', 'path', 'from', 'value'];
/** What is odd about the patch itself. */
function problemsOf(type: ObjectPatch, body: unknown): readonly string[] {
  const { value, duplicates } = body instanceof ParsedBody ? body : new ParsedBody(body);
  const twice = duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`);
  if (type !== 'json' || !Array.isArray(value)) return twice;
  const unknown = (value as readonly unknown[]).flatMap((operation, index) =>
    Object.keys(operation ?? {})
      .filter((name) => !operationFields.includes(name))
      .map((name) => `unknown field ${JSON.stringify(`[${index}].${name}`)}`),
  );
  return [...twice, ...unknown].map((problem) => `json patch ${problem}`);
}

/** Upstream writes with ordered keys what the patch reaches, and the rest as it was. */
function inOrderWhere(value: unknown, reached: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof NumberText) return value;
  if (typeof reached !== 'object' || reached === null) return value;
  // A merge patch takes lists whole; a JSON patch reaches single items.
  if (Array.isArray(value)) {
    if (Array.isArray(reached)) return inOrder(value);
    return value.map((item, index) => (Object.hasOwn(reached, index) ? inOrderWhere(item, (reached as unknown[])[index]) : item));
  }
  const keys = Object.keys(inOrder(Object.fromEntries(Object.keys(value).map((key) => [key, 0]))));
  const entries = keys.map((key): [string, unknown] => {
    const child = (value as Record<string, unknown>)[key];
    return [key, Object.hasOwn(reached, key) ? inOrderWhere(child, (reached as Record<string, unknown>)[key]) : child];
  });
  return Object.fromEntries(entries);
}
/** The places that the operations of a JSON patch name, as an object. */
function namedBy(patch: unknown): object {
  const root = Object.create(null) as Record<string, unknown>;
  for (const { path } of Array.isArray(patch) ? (patch as readonly { readonly path?: unknown }[]) : []) {
    let place = root;
    const steps = String(path).split('/').slice(1);
    // What is put there stays as it was written.
    for (const step of steps.slice(0, -1)) place = (place[step] ??= Object.create(null)) as Record<string, unknown>;
    if (steps.length > 0) place[steps.at(-1)!] ??= null;
  }
  return root;
}
