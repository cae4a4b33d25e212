import { tryDecodeShape } from '../api/decode.ts';
import { type DeleteOptions, deleteOptions as deleteOptionsShape, metaShape } from '../api/meta-types.ts';
import { badRequest, fieldError, type FieldError, invalid, notRegistered } from '../api/status.ts';
import type { CallOptions } from '../client/call.ts';

export type Query = Readonly<Record<string, readonly string[]>>;
type Draft = { -readonly [K in keyof CallOptions]: CallOptions[K] };

/** The parameters of a query string, in order of their values; names are guarded against those of Object.prototype. */
export function parseQuery(search: string): Query {
  const query: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of new URLSearchParams(search)) {
    const values = query[name];
    if (values === undefined) query[name] = [value];
    else values.push(value);
  }
  return query;
}

const kinds: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
  get: 'GetOptions',
  list: 'ListOptions',
  watch: 'ListOptions',
};
const texts = ['resourceVersion', 'labelSelector', 'fieldSelector', 'continue', 'fieldManager'] as const;
const integers = ['limit', 'timeoutSeconds', 'gracePeriodSeconds'] as const;
const booleans = ['allowWatchBookmarks', 'sendInitialEvents', 'force'] as const;
const emptyOptions: CallOptions = Object.freeze({});

/** The options of meta/v1 in a query. Throws what upstream answers to values it cannot read or does not know. */
export function parseOptions(verb: string, query: Query): CallOptions {
  let any = false;
  for (const _ in query) {
    any = true;
    break;
  }
  if (!any) return emptyOptions;
  const options: Draft = {};
  const errors: FieldError[] = [];
  const first = (name: string) => query[name]?.[0];
  for (const name of texts) {
    const value = first(name);
    if (value) options[name] = value;
  }
  for (const name of integers) {
    const value = first(name);
    if (value) options[name] = integer(value);
  }
  for (const name of booleans) {
    const value = first(name);
    if (value !== undefined) options[name] = truth(value);
  }
  const match = first('resourceVersionMatch');
  if (match) options.resourceVersionMatch = match as 'Exact';
  const policy = first('propagationPolicy');
  if (policy) options.propagationPolicy = policy as 'Orphan';
  if (first('orphanDependents') !== undefined && options.propagationPolicy === undefined) {
    options.propagationPolicy = truth(first('orphanDependents')!) ? 'Orphan' : 'Background';
  }
  options.dryRun = dryRunOf(query.dryRun, errors);
  if (options.dryRun !== true) delete options.dryRun;
  const validation = first('fieldValidation');
  if (validation) {
    if (['Ignore', 'Warn', 'Strict'].includes(validation)) options.fieldValidation = validation as 'Strict';
    else errors.push(fieldError.notSupported('fieldValidation', validation, ['Ignore', 'Strict', 'Warn']));
  }
  if (options.fieldManager !== undefined) checkManager(options.fieldManager, errors);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: kinds[verb] ?? 'ListOptions' }, '', errors);
  return options;
}

const managerMax = 128;
function checkManager(manager: string, errors: FieldError[]): void {
  if (manager.length > managerMax) errors.push(fieldError.tooLong('fieldManager', managerMax));
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(manager)) {
    errors.push(fieldError.invalid('fieldManager', manager, 'should only contain printable characters'));
  }
}

function dryRunOf(values: readonly string[] | undefined, errors: FieldError[]): boolean {
  for (const value of values ?? []) {
    if (value !== 'All' && value !== '') errors.push(fieldError.notSupported('dryRun', [value], ['All']));
  }
  return values?.includes('All') ?? false;
}
function integer(text: string): number {
  if (!/^[+-]?\d{1,15}$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}
/** As upstream reads booleans of a query: everything but 'false' and '0' is true. */
const truth = (text: string): boolean => text.toLowerCase() !== 'false' && text !== '0';

/** DeleteOptions of a body, over those of the query. Throws BadRequest and Invalid. */
export function deleteOptions(options: CallOptions, body: unknown): CallOptions {
  if (body === undefined || body === null) return options;
  const given = readDeleteOptions(body);
  const result: Draft = { ...options };
  const errors: FieldError[] = [];
  if (given.gracePeriodSeconds !== undefined) result.gracePeriodSeconds = given.gracePeriodSeconds;
  if (given.propagationPolicy !== undefined) result.propagationPolicy = given.propagationPolicy as 'Orphan';
  if (given.orphanDependents !== undefined) {
    if (given.propagationPolicy !== undefined) {
      const why = 'orphanDependents and deletionPropagation cannot be both set';
      errors.push(fieldError.invalid('propagationPolicy', given.propagationPolicy, why));
    } else result.propagationPolicy = given.orphanDependents ? 'Orphan' : 'Background';
  }
  if (dryRunOf(given.dryRun, errors)) result.dryRun = true;
  if (given.preconditions !== undefined) result.preconditions = given.preconditions;
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  return result;
}
function readDeleteOptions(body: unknown): DeleteOptions {
  const { apiVersion = 'v1', kind = '' } = body as { readonly apiVersion?: string; readonly kind?: string };
  if (kind !== '' && kind !== 'DeleteOptions') {
    if (metaShape({ apiVersion, kind }) !== undefined) throw badRequest('decoded object cannot be converted to DeleteOptions');
    throw badRequest(notRegistered({ apiVersion, kind }));
  }
  const options = tryDecodeShape(deleteOptionsShape, body);
  if ('error' in options) throw badRequest(options.error);
  return options.value as DeleteOptions;
}
