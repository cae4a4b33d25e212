import { tryDecodeShape } from '../api/decode.ts';
import { type DeleteOptions, deleteOptions as deleteOptionsShape, metaShape } from '../api/meta-types.ts';
import { goQuote } from '../api/go-text.ts';
import { badRequest, fieldError, type FieldError, invalid, notRegistered } from '../api/status.ts';
import { validateFieldManager } from '../api/validate-meta.ts';
import type { CallOptions } from '../client/call.ts';

export type Query = Readonly<Record<string, readonly string[]>>;
type Draft = { -readonly [K in keyof CallOptions]: CallOptions[K] };

/** Whether Go's net/url leaves a parameter out: its escapes are broken, or a semicolon stands in it. */
const isBroken = (parameter: string): boolean => parameter.includes(';') || /%(?![\da-fA-F]{2})/.test(parameter);
/** The parameters of a query string that can be read, in order of their values; names are guarded against those of Object.prototype. */
export function parseQuery(search: string): Query {
  const query: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  const read = isBroken(search)
    ? search
        .split('&')
        .filter((parameter) => !isBroken(parameter))
        .join('&')
    : search;
  for (const [name, value] of new URLSearchParams(read)) {
    const values = query[name];
    if (values === undefined) query[name] = [value];
    else values.push(value);
  }
  return query;
}

type ListOptions = 'list' | 'watch' | 'deletecollection';
const lists: ReadonlySet<string> = new Set<ListOptions>(['list', 'watch', 'deletecollection']);
const writes: Readonly<Record<string, string>> = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' };
const emptyOptions: CallOptions = Object.freeze({});

/**
 * The options of meta/v1 in a query, those that the verb knows. Those of a delete are `deleteOptions`, as a body may stand for them.
 * Throws what upstream answers to values it cannot read or does not know.
 */
export function parseOptions(verb: string, query: Query): CallOptions {
  if (Object.keys(query).length === 0) return emptyOptions;
  if (lists.has(verb)) return listOptions(query);
  if (verb in writes) return writeOptions(verb, query);
  return verb === 'get' && query.resourceVersion?.[0] ? { resourceVersion: query.resourceVersion[0] } : emptyOptions;
}
function listOptions(query: Query): CallOptions {
  const options: Draft = {};
  for (const name of ['resourceVersion', 'labelSelector', 'fieldSelector', 'continue'] as const) {
    const value = query[name]?.[0];
    if (value) options[name] = value;
  }
  for (const name of ['timeoutSeconds', 'limit'] as const) {
    const value = query[name]?.[0];
    if (value !== undefined) options[name] = integer(value);
  }
  for (const name of ['allowWatchBookmarks', 'sendInitialEvents'] as const) {
    const value = query[name]?.[0];
    if (value !== undefined) options[name] = truth(value);
  }
  const match = query.resourceVersionMatch?.[0];
  if (match) options.resourceVersionMatch = match as 'Exact';
  return options;
}
function writeOptions(verb: string, query: Query): CallOptions {
  const options: Draft = {};
  const errors: FieldError[] = [];
  const { force, fieldManager, fieldValidation } = query;
  if (verb === 'patch' && force !== undefined) options.force = truth(force[0]!);
  if (fieldManager?.[0]) {
    options.fieldManager = fieldManager[0];
    errors.push(...validateFieldManager(fieldManager[0], 'fieldManager'));
  }
  if (dryRunOf(query.dryRun, errors)) options.dryRun = true;
  const validation = fieldValidation?.[0];
  if (validation) {
    if (['Ignore', 'Warn', 'Strict'].includes(validation)) options.fieldValidation = validation as 'Strict';
    else errors.push(fieldError.notSupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']));
  }
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: writes[verb]! }, '', errors);
  return options;
}

/** Upstream tells of all values at once. */
function dryRunOf(values: readonly string[] = [], errors: FieldError[]): boolean {
  if (values.some((value) => value !== 'All')) errors.push(fieldError.notSupported('dryRun', values, ['All']));
  return values.includes('All');
}
function integer(text: string): number {
  const fail = (why: string) => badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw fail('invalid syntax');
  const value = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(64, value) !== value) throw fail('value out of range');
  return Number(value);
}
/** As upstream reads booleans of a query: everything but 'false' and '0' is true. */
const truth = (text: string): boolean => text.toLowerCase() !== 'false' && text !== '0';

const policies = ['Foreground', 'Background', 'Orphan'];
/** Options of a delete: of its body, and of the query only where there is none. `given`: what a caller in this process says. Throws BadRequest and Invalid. */
export function deleteOptions(given: CallOptions, body: unknown, query: Query): CallOptions {
  const hasBody = body !== undefined && body !== null;
  if (!hasBody && Object.keys(query).length === 0) return given;
  const asked = hasBody ? readDeleteOptions(body) : queriedDeleteOptions(query);
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions } = asked;
  const result: Draft = { ...given };
  const errors: FieldError[] = [];
  if (gracePeriodSeconds !== undefined) result.gracePeriodSeconds = gracePeriodSeconds;
  if (orphanDependents !== undefined) result.propagationPolicy = orphanDependents ? 'Orphan' : 'Background';
  if (propagationPolicy !== undefined) {
    result.propagationPolicy = propagationPolicy as 'Orphan';
    const path = 'propagationPolicy';
    if (orphanDependents !== undefined)
      errors.push(fieldError.invalid(path, propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'));
    if (!policies.includes(propagationPolicy))
      errors.push(fieldError.notSupported(path, propagationPolicy, [...policies, 'nil'], 'as given'));
  }
  if (dryRunOf(asked.dryRun, errors)) result.dryRun = true;
  if (preconditions !== undefined) result.preconditions = preconditions;
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  return result;
}
/** Whether a delete says orphanDependents=false: if it does not delete at once it is accepted only (202). */
export function wantsDependentsGone(body: unknown, query: Query): boolean {
  const { orphanDependents } = body === undefined || body === null ? queriedDeleteOptions(query) : readDeleteOptions(body);
  return orphanDependents === false;
}
function queriedDeleteOptions(query: Query): DeleteOptions {
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, dryRun } = query;
  const [uid, resourceVersion] = [query.uid?.[0], query.resourceVersion?.[0]];
  return {
    ...(gracePeriodSeconds && { gracePeriodSeconds: integer(gracePeriodSeconds[0]!) }),
    ...(propagationPolicy && { propagationPolicy: propagationPolicy[0]! }),
    ...(orphanDependents && { orphanDependents: truth(orphanDependents[0]!) }),
    ...((uid || resourceVersion) && { preconditions: { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) } }),
    ...(dryRun && { dryRun }),
  };
}
/** Kinds beside DeleteOptions that are options too. */
const otherOptions = ['ListOptions', 'GetOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions'];
function readDeleteOptions(body: unknown): DeleteOptions {
  const { apiVersion = 'meta.k8s.io/v1', kind = '' } = body as { readonly apiVersion?: string; readonly kind?: string };
  if (apiVersion.split('/').length > 2) throw badRequest(`unexpected GroupVersion string: ${apiVersion}`);
  if (kind !== '' && kind !== 'DeleteOptions') {
    const isKnown = metaShape({ apiVersion, kind }) !== undefined || (apiVersion === 'meta.k8s.io/v1' && otherOptions.includes(kind));
    throw badRequest(isKnown ? `converting (v1.${kind}) to (v1.DeleteOptions): unknown conversion` : notRegistered({ apiVersion, kind }));
  }
  const options = tryDecodeShape(deleteOptionsShape, body);
  if ('error' in options) throw badRequest(options.error);
  return options.value as DeleteOptions;
}
