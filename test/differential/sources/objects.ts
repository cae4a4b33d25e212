import { type Random, seededRandom } from '../../../src/base/random.ts';
import { type AnyKind, messageShape } from '../../../src/api/kind.ts';
import type { Field } from '../../../src/api/schema.ts';
import { type Body, chance, type Format, pick, type Source, type Step } from '../scenario.ts';
import { ask, collectionOf, get, isFarReaching, itemOf, json, pickKind, remove, reviewKinds, validObject, tableHeaders } from './kinds.ts';
import { variants } from './samples.ts';
import { editsBetween, mutated, pickMood, valueOf } from './values.ts';

export const rootField = (kind: AnyKind): Field => ({ type: 'object', tag: 0, shape: messageShape(kind) });
/** What only clients of one kind of error would see stays the same: which object it is. */
const anchored = (object: any, given: any): any =>
  object !== null && typeof object === 'object' && !Array.isArray(object)
    ? { ...object, apiVersion: given.apiVersion, kind: given.kind }
    : object;

export function validVariant(random: Random, kind: AnyKind, name: string): any {
  const object = validObject(kind, name);
  const others = variants[kind.kind];
  if (others === undefined || kind.group === 'events.k8s.io' || chance(random, 0.5)) return object;
  const { metadata, ...rest } = structuredClone(pick(random, others)) as any;
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: { ...object.metadata, ...metadata }, ...rest };
}

/** The object with some things changed; its name stays, mostly. */
export function changed(random: Random, kind: AnyKind, object: any, count = pick(random, [1, 1, 1, 2, 3])): any {
  let value: any = object;
  for (let index = 0; index < count; index++) {
    const mood = pickMood(random);
    value = anchored(mutated(random, value, rootField(kind), '', mood), object);
    if (
      chance(random, 0.85) &&
      value?.metadata !== null &&
      typeof value?.metadata === 'object' &&
      value.metadata.name !== object.metadata.name
    )
      value = { ...value, metadata: { ...value.metadata, name: object.metadata.name } };
    if (isFarReaching(kind) || chance(random, 0.8)) value = keepWithin(value, object);
  }
  return value;
}
/** Scenarios see only their own objects when these are as they were. */
function keepWithin(value: any, object: any): any {
  const metadata = value?.metadata;
  if (metadata === null || typeof metadata !== 'object' || Array.isArray(metadata)) return value;
  return {
    ...value,
    metadata: {
      ...metadata,
      labels: {
        ...(typeof metadata.labels === 'object' && !Array.isArray(metadata.labels) ? metadata.labels : {}),
        scenario: object.metadata.labels.scenario,
      },
    },
  };
}

const validations = ['', '', '', 'fieldValidation=Strict', 'fieldValidation=Warn', 'fieldValidation=Ignore'];
const writeOptions = [
  '',
  '',
  '',
  '',
  '',
  'dryRun=All',
  'fieldManager=me',
  'pretty=true',
  'dryRun=x',
  'fieldValidation=x',
  'fieldManager=a%0Ab',
];
const formats: readonly Format[] = ['json', 'json', 'json', 'json', 'yaml'];

const isClean = (value: unknown): boolean => !/<raw |<again>/.test(JSON.stringify(value) ?? '');
export function bodyOf(random: Random, value: unknown): Body {
  return json(value, isClean(value) ? pick(random, formats) : 'json');
}

const versionPath = ['metadata', 'resourceVersion'];
const kept = '<<one.metadata.resourceVersion>>';
/** Many kinds are not updated without one. */
const versions = [kept, kept, kept, kept, undefined, undefined, '1'];
const withVersion = (value: any, resourceVersion: string | undefined): unknown =>
  isObject(value?.metadata) ? { ...value, metadata: { ...value.metadata, resourceVersion } } : value;
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Creates, then updates of a stored one and of its subresources. */
function scenarioOf(random: Random, kind: AnyKind): Step[] {
  const steps: Step[] = [];
  const collection = collectionOf(kind);
  const dry = isFarReaching(kind) ? 'dryRun=All' : '';
  for (const name of ['a', 'b', 'c']) {
    const value = changed(random, kind, validVariant(random, kind, name));
    steps.push({
      method: 'POST',
      path: ask(collection, pick(random, validations), dry || pick(random, writeOptions)),
      body: bodyOf(random, value),
    });
  }
  if (chance(random, 0.3)) {
    const base = validObject(kind, 'd');
    const filled = valueOf(random, rootField(kind), '', pick(random, ['valid', 'valid', 'near'] as const), 6) as object;
    steps.push({
      method: 'POST',
      path: ask(collection, pick(random, validations), dry),
      body: bodyOf(random, { ...filled, apiVersion: base.apiVersion, kind: base.kind, metadata: base.metadata }),
    });
  }
  const base = validVariant(random, kind, 'one');
  const item = itemOf(kind, base);
  steps.push({ label: 'one', method: 'POST', path: collection, body: json(base) });
  for (const subresource of subresourcesOf(random, kind)) {
    const path = `${item}${subresource}`;
    const value = subresource === '' ? changed(random, kind, base) : changedStatus(random, kind, base);
    const query = [pick(random, validations), dry || (chance(random, 0.85) ? '' : pick(random, writeOptions))];
    // Controllers inside the server write these too.
    if (isFarReaching(kind)) steps.push({ ...get(item), label: 'one' });
    const version = pick(random, versions);
    const body: Body = chance(random, 0.3)
      ? bodyOf(random, withVersion(value, version))
      : { from: 'one', edits: [...editsBetween(base, value), ...(version === kept ? [] : [{ path: versionPath, value: version }])] };
    steps.push({ label: 'one', method: 'PUT', path: ask(path, ...query), body });
  }
  steps.push(get(item, chance(random, 0.3) ? tableHeaders : undefined), remove(item));
  return steps;
}
function subresourcesOf(random: Random, kind: AnyKind): string[] {
  const own = kind.subresources
    .filter((one) => ['status', 'approval', 'finalize', 'ephemeralcontainers', 'resize'].includes(one))
    .map((one) => `/${one}`);
  return Array.from({ length: 3 }, () => (own.length > 0 && chance(random, 0.45) ? pick(random, own) : ''));
}
function changedStatus(random: Random, kind: AnyKind, base: any): any {
  const status = kind.shape.fields.status;
  if (status === undefined || chance(random, 0.2)) return changed(random, kind, base);
  const mood = pickMood(random);
  const filled = valueOf(random, status, 'status', 'valid', 4);
  return { ...base, status: mood === 'valid' ? filled : mutated(random, filled, status, 'status', mood) };
}

/** Objects of every kind, changed a little from what is valid: created, updated, with their status. */
export const objects: Source = {
  name: 'objects',
  scenario(seed) {
    const random = seededRandom(seed);
    return { name: `objects ${seed}`, steps: scenarioOf(random, pickKind(random)) };
  },
};

/** What is only asked, never kept. */
export const reviews: Source = {
  name: 'reviews',
  scenario(seed) {
    const random = seededRandom(seed);
    const steps = Array.from({ length: 6 }, (): Step => {
      const kind = pick(random, reviewKinds);
      const value = chance(random, 0.2) ? validObject(kind) : changed(random, kind, validObject(kind));
      return {
        method: 'POST',
        path: ask(collectionOf(kind), pick(random, validations), pick(random, writeOptions)),
        body: bodyOf(random, value),
      };
    });
    return { name: `reviews ${seed}`, steps };
  },
};
