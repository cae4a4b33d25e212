import { isObject } from '../../base/objects.ts';
import { goQuote } from '../../api/go-text.ts';
import { type AnyKind, apiVersionOf, type CustomWebhook } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { type FieldError, unknownError } from '../../api/status.ts';
import type { JsonObject } from '../../api/structural/json-schema.ts';
import { validateAnnotations, validateLabels } from '../../api/validate-meta.ts';
import type { Converter } from '../conversion.ts';
import { callWebhook, type CallDeps } from '../lib/webhook-client.ts';
import { joined } from './names.ts';

/** Conversion by a webhook (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/). */
const timeoutMs = 30_000;
/** Objects that one request asks for. */
const objectsMax = 100;
const reviewVersions = ['v1', 'v1beta1'];

export function createWebhookConverter(deps: CallDeps): Converter {
  const convert: Converter = async (kind, objects) => {
    const webhook = kind.custom?.conversion.webhook;
    if (webhook === undefined) throw unknownError('there is no conversion webhook');
    const converted: ApiObject[] = [];
    for (let start = 0; start < objects.length; start += objectsMax) {
      converted.push(...(await ask(kind, webhook, objects.slice(start, start + objectsMax), deps)));
    }
    return converted;
  };
  return convert;
}

const nameOf = ({ apiVersion, kind }: ApiObject) => `${apiVersion}, Kind=${kind}`;

async function ask(kind: AnyKind, webhook: CustomWebhook, objects: readonly ApiObject[], deps: CallDeps): Promise<ApiObject[]> {
  const version = webhook.conversionReviewVersions.find((one) => reviewVersions.includes(one));
  if (version === undefined) throw unknownError('no supported conversion review versions');
  const about = `conversion webhook for ${nameOf(objects[0]!)}`;
  const uid = deps.random.uuid();
  const desiredAPIVersion = apiVersionOf(kind);
  const apiVersion = `apiextensions.k8s.io/${version}`;
  const review = { kind: 'ConversionReview', apiVersion, request: { uid, desiredAPIVersion, objects } };
  let given: readonly unknown[];
  try {
    given = convertedObjects(await callWebhook(webhook, review, timeoutMs, deps), version, uid);
  } catch (error) {
    throw unknownError(`${about} failed: ${(error as Error).message}`);
  }
  if (given.length !== objects.length) {
    throw unknownError(`${about} returned ${given.length} objects, expected ${objects.length}`);
  }
  return objects.map((object, index) => checked(object, given[index], desiredAPIVersion, about, index));
}

function convertedObjects(answer: unknown, version: string, uid: string): readonly unknown[] {
  const review = (isObject(answer) ? answer : {}) as JsonObject & { readonly response?: Record<string, any> | null };
  if (!reviewVersions.some((one) => review.apiVersion === `apiextensions.k8s.io/${one}`) || review.kind !== 'ConversionReview') {
    const [kind, at] = [goQuote(String(review.kind ?? '')), goQuote(String(review.apiVersion ?? ''))];
    throw new Error(`no kind ${kind} is registered for version ${at} in scheme "pkg/runtime/scheme.go:111"`);
  }
  if (version === 'v1') {
    const wanted = 'apiextensions.k8s.io/v1, Kind=ConversionReview';
    const got = `${review.apiVersion ?? ''}, Kind=${review.kind ?? ''}`;
    if (got !== wanted) throw new Error(`expected webhook response of ${wanted}, got ${got}`);
  }
  const { response } = review;
  if (!isObject(response)) throw new Error('no response provided');
  if (version === 'v1' && response.uid !== uid) {
    throw new Error(`expected response.uid=${goQuote(uid)}, got ${goQuote(String(response.uid ?? ''))}`);
  }
  const result = (response.result ?? {}) as { readonly status?: string; readonly message?: string };
  if (result.status !== 'Success') {
    throw new Error(result.message ? result.message : `response.result.status was '${result.status ?? ''}', not 'Success'`);
  }
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : [];
}

/** What came back is the same object in the version asked for; of its metadata only labels and annotations count. */
function checked(original: ApiObject, given: unknown, apiVersion: string, about: string, index: number): ApiObject {
  const converted = (isObject(given) ? given : {}) as JsonObject;
  const invalid = (why: string) => unknownError(`${about} returned invalid object at index ${index}: ${why}`);
  if (converted.apiVersion !== apiVersion) {
    throw invalid(`invalid groupVersion (expected ${apiVersion}, received ${converted.apiVersion ?? ''})`);
  }
  if (converted.kind !== original.kind) throw invalid(`invalid kind (expected ${original.kind}, received ${converted.kind ?? ''})`);
  const { metadata } = converted;
  const said = (isObject(metadata) ? metadata : {}) as Partial<Record<string, unknown>>;
  for (const [field, what] of [
    ['name', 'name'],
    ['namespace', 'namespace'],
    ['uid', 'UID'],
  ] as const) {
    const before = original.metadata[field] ?? '';
    const after = said[field] ?? '';
    if (before !== after) throw unknownError(`${about} returned invalid object: must have the same ${what}: ${before} != ${after}`);
  }
  try {
    return { ...converted, metadata: withLabels(original, metadata) } as unknown as ApiObject;
  } catch (error) {
    throw unknownError(`${about} returned invalid metadata: ${(error as Error).message}`);
  }
}

function withLabels({ metadata: original }: ApiObject, given: unknown): object {
  if (given === undefined) throw new Error('missing metadata in converted object');
  if (!isObject(given)) throw new Error(`invalid metadata of type ${goTypeOf(given)} in converted object`);
  const { labels: _, annotations: __, ...metadata } = original as ApiObject['metadata'] & JsonObject;
  return { ...metadata, ...texts('labels', given, original.labels), ...texts('annotations', given, original.annotations) };
}
function texts(field: 'labels' | 'annotations', given: JsonObject, before: Readonly<Record<string, string>> = {}): object {
  const value = given[field];
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new Error(`invalid metadata.${field} of type ${goTypeOf(value)} in converted object`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      throw new Error(`metadata.${field}[${key}] must be a string, but is ${goTypeOf(text)} in converted object`);
    }
  }
  const after = value as Readonly<Record<string, string>>;
  const isSame = Object.keys(after).length === Object.keys(before).length && Object.keys(after).every((key) => after[key] === before[key]);
  if (!isSame) {
    const errors: FieldError[] =
      field === 'labels' ? [...validateLabels(after, 'metadata.labels')] : [...validateAnnotations(after, 'metadata.annotation')];
    if (errors.length > 0) throw new Error(joined(errors.map(({ path, text }) => `${path}: ${text}`)));
  }
  return { [field]: after };
}
function goTypeOf(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}
