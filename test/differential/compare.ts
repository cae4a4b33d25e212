import { parseYaml } from '../../src/base/yaml.ts';
import { loadKinds } from '../../src/kinds/catalog.node.ts';
import type { Answer } from './connection.ts';
import { type Masks, nearMs } from './masks.ts';
import { shownFrames, shownProtobuf } from './protobuf.ts';

/** One thing in which two answers differ. */
export interface Difference {
  /** 'status', 'header warning', 'body', 'cause', 'event', ... */
  readonly what: string;
  /** Where in the body: 'spec.containers[].ports', indexes left out; '' when it is the whole. */
  readonly where: string;
  readonly upstream: string;
  readonly skiff: string;
}

/** An answer without what no two servers have in common. */
export interface Shown {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const comparedHeaders = [
  'content-type',
  'content-encoding',
  'warning',
  'location',
  'retry-after',
  'vary',
  'cache-control',
  'www-authenticate',
  'allow',
  'x-content-type-options',
  'deprecation',
];
/** Those that tell of objects. */
const maskedHeaders = new Set(['warning', 'location', 'www-authenticate']);
/** Only whether they are there. */
const presentHeaders = ['audit-id', 'x-kubernetes-pf-flowschema-uid', 'x-kubernetes-pf-prioritylevel-uid', 'etag', 'last-modified'];

export function show(answer: Answer, masks: Masks): Shown {
  const headers: Record<string, string> = {};
  for (const name of comparedHeaders) {
    const value = answer.headers[name];
    if (value === undefined) continue;
    const text = [value].flat().join('\n');
    headers[name] = maskedHeaders.has(name) ? masks.text(text) : text;
  }
  for (const name of presentHeaders) if (answer.headers[name] !== undefined) headers[name] = 'there';
  return { status: answer.status, headers, text: masks.text(inBindingOrder(readable(answer))) };
}
/** Documents of OpenAPI, but for the sentences in them; a reference stands within an `allOf` only beside a sentence or a default. */
function structureOf(document: Buffer): string {
  return (
    JSON.stringify(JSON.parse(document.toString()), (key, value) => {
      if (key === 'description' && typeof value === 'string') return undefined;
      const isReference = Array.isArray(value?.allOf) && Object.keys(value).every((name) => name === 'allOf' || name === 'description');
      return isReference && value.allOf.length === 1 ? value.allOf[0] : value;
    })
      // Shared parameters are named by a hash of what they say, their description too.
      .replaceAll(/(?<=["/](?:[a-zA-Z]+))-[\w-]{8}(?=")/g, '-<hash>')
      // What differs in its description only is one without it.
      .replaceAll(/("\w+-<hash>":\{[^{}]*\}),(?=\1)/g, '')
  );
}
function readable({ headers, body }: Answer): string {
  const type = String(headers['content-type'] ?? '');
  if (headers['content-encoding'] !== undefined) return body.toString('latin1');
  try {
    if (type.includes('protobuf') && type.includes('stream=watch')) return inManagerOrder(withoutBookmarks(shownFrames(body)));
    if (type.startsWith('application/vnd.kubernetes.protobuf')) return inManagerOrder(inRuleOrder(shownProtobuf(body)));
  } catch (error) {
    return `not protobuf: ${error} ${body.toString('latin1')}`;
  }
  if (/^\{"(?:swagger|openapi)":/.test(body.toString('latin1', 0, 20))) return structureOf(body);
  if (fromProperties.some((part) => body.includes(part)) && body.includes('"kind":"Status"') && type === 'application/json')
    return withCausesInOrder(body.toString());
  const text = withoutBookmarks(inRuleOrder(body.toString()));
  if (type !== 'application/json') return text;
  return deletedNamespace.test(text) ? withFinalizersInOrder(text) : inManagerOrder(text);
}
const deletedNamespace = /^\{\s*"kind":\s*"Namespace".*"deletionTimestamp"/s;
/** When a namespace is deleted upstream makes its finalizers from a map of Go's, which has no order. */
function withFinalizersInOrder(text: string): string {
  const namespace = JSON.parse(text);
  namespace.metadata.finalizers?.sort();
  return JSON.stringify(namespace);
}
/** Managers of an operation are sorted by the second in which they wrote; which seconds those are is the servers' affair. */
function inManagerOrder(text: string): string {
  // Whether it is written anew must not depend on the times.
  if (text.split('"operation":').length < 3 || !text.includes('"managedFields"')) return text;
  const indent = text.startsWith('{\n') ? 2 : 0;
  const lines = indent === 0 ? text.split('\n') : [text];
  return lines.map((line) => (line === '' ? '' : JSON.stringify(withManagersInOrder(JSON.parse(line)), null, indent))).join('\n');
}
/** An object, a list, a table or an event of a watch. */
function withManagersInOrder(value: any): any {
  if (!isObject(value)) return value;
  const { items, rows, object, metadata }: any = value;
  for (const part of [items, rows, object].flat()) withManagersInOrder(part);
  const managers: any[] = Array.isArray(metadata?.managedFields) ? metadata.managedFields : [];
  for (let from = 0, to = 0; from < managers.length; from = to) {
    for (to = from + 1; isOfNow(managers[from]) && isOfNow(managers[to]) && managers[to].operation === managers[from].operation; ) to++;
    managers.splice(from, to - from, ...managers.slice(from, to).sort(byManager));
  }
  return value;
}
const isOfNow = (entry: any): boolean => Math.abs(Date.parse(entry?.time) - Date.now()) < nearMs;
/** As they stand when all wrote in the same second. */
function byManager(a: any, b: any): number {
  const key = ({ manager, apiVersion, subresource }: any) => JSON.stringify([manager, apiVersion, subresource ?? '']);
  return key(a) < key(b) ? -1 : 1;
}
/** Of a schema, or of an object of a definition of ours. */
const fromProperties = ['.openAPIV3Schema.properties[', '.example.com","kind":"Thing","causes"'];
/** Faults within properties come in the order of Go's maps, which is none. */
function withCausesInOrder(text: string): string {
  const status = JSON.parse(text);
  const causes: any[] = status.details?.causes ?? [];
  const told = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const longestFirst = [...new Set(told)].sort((a, b) => b.length - a.length);
  status.message = longestFirst.reduce((message, one) => message.replace(one, () => '…'), status.message);
  causes.sort((a, b) => (causeText(a) < causeText(b) ? -1 : 1));
  return JSON.stringify(status);
}
/** Roles that are not found come in the order in which Go's maps give the bindings, which is none. */
const inBindingOrder = (text: string): string =>
  text.includes('RBAC: [') ? text.replaceAll(/(?<=RBAC: \[)[^\]]*(?=\])/g, (roles) => roles.split(', ').sort().join(', ')) : text;
/** Rules come in the order of Go's maps, which is none. */
function inRuleOrder(text: string): string {
  if (!/^\s*\{\s*"kind":\s*"SelfSubjectRulesReview"/.test(text.slice(0, 60))) return text;
  const review = JSON.parse(text);
  for (const rules of [review.status.resourceRules, review.status.nonResourceRules])
    rules.sort((a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return JSON.stringify(review);
}
/** Servers send bookmarks when they like, but for the one that ends the initial events. */
const withoutBookmarks = (text: string): string =>
  text.includes('"type":"BOOKMARK"')
    ? text
        .split('\n')
        .filter((line) => !line.startsWith('{"type":"BOOKMARK"') || line.includes('k8s.io/initial-events-end'))
        .map((line) =>
          line.startsWith('{"type":"BOOKMARK"') ? line.replaceAll(/"resourceVersion":"\d+"/g, '"resourceVersion":"<list rv>"') : line,
        )
        .join('\n')
    : text;

/** Everything in which they differ; nothing when they are the same to a client. */
export function compare(upstream: Shown, skiff: Shown): Difference[] {
  const found: Difference[] = [];
  if (upstream.status !== skiff.status) {
    const told = (shown: Shown) => `${shown.status} ${messageOf(shown)}`;
    return [{ what: 'status', where: '', upstream: told(upstream), skiff: told(skiff) }];
  }
  for (const name of new Set([...Object.keys(upstream.headers), ...Object.keys(skiff.headers)])) {
    const [theirs = '', ours = ''] = [upstream.headers[name], skiff.headers[name]];
    if (theirs !== ours) found.push({ what: `header ${name}`, where: '', upstream: theirs, skiff: ours });
  }
  if (upstream.text !== skiff.text) found.push(...compareTexts(upstream.text, skiff.text).slice(0, mostDifferences));
  return found;
}

/** Of one answer. */
const mostDifferences = 20;
function compareTexts(upstream: string, skiff: string): Difference[] {
  const [theirs, ours] = [documentsOf(upstream), documentsOf(skiff)];
  if (theirs === undefined || ours === undefined) return [{ what: 'text', where: '', ...firstDifference(upstream, skiff) }];
  const found: Difference[] = [];
  if (theirs.length !== ours.length) {
    const types = (events: readonly any[]) => events.map((event) => `${event?.type} ${event?.object?.metadata?.name}`).join(', ');
    found.push({ what: 'events', where: '', upstream: types(theirs), skiff: types(ours) });
  } else {
    theirs.forEach((document, index) =>
      found.push(
        ...(isStatus(document) && isStatus(ours[index]) ? compareStatus(document, ours[index]) : compareValues(document, ours[index], '')),
      ),
    );
  }
  if (found.length > 0) return found;
  const sorted = (status: any) => withFaultsInOrder(status).message;
  if (theirs.every((one, index) => isStatus(one) && one.message !== ours[index].message && sorted(one) === sorted(ours[index]))) return [];
  // Causes that come in no order.
  if (
    theirs.every(
      (one, index) =>
        isStatus(one) && (one.details?.causes ?? []).map(causeText).join() !== (ours[index].details?.causes ?? []).map(causeText).join(),
    )
  )
    return [];
  const order = theirs.flatMap((document, index) => compareOrder(document, ours[index], ''));
  return order.length > 0 ? order : [{ what: 'form', where: '', ...firstDifference(upstream, skiff) }];
}
function documentsOf(text: string): any[] | undefined {
  try {
    if (/^(?:apiVersion|metadata|items|kind):/m.test(text)) return [...parseYaml(text)];
    return [JSON.parse(text)];
  } catch {
    try {
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    } catch {
      return undefined;
    }
  }
}

const isStatus = (value: any): boolean => value?.kind === 'Status' && value.apiVersion === 'v1';
const causeText = ({ reason, field, message }: any): string => `${field}: ${reason}: ${message}`;
/** Failures tell of several causes; each that only one server tells of is a difference of its own. */
function compareStatus(upstream: any, skiff: any): Difference[] {
  const [theirAll, ourAll]: [any[], any[]] = [upstream.details?.causes ?? [], skiff.details?.causes ?? []];
  [upstream, skiff] = [upstream, skiff].map(withFaultsInOrder);
  const [theirs, ours] = [once(theirAll), once(ourAll)];
  const [theirTexts, ourTexts] = [theirs.map(causeText), ours.map(causeText)];
  const extra = (causes: any[], texts: string[], others: string[]) => {
    const left = [...others];
    return causes.filter((_, index) => {
      const at = left.indexOf(texts[index]!);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
  };
  const missing = extra(theirs, theirTexts, ourTexts);
  const added = extra(ours, ourTexts, theirTexts);
  const told = (cause: any) => (cause === undefined ? '' : `${cause.reason}: ${cause.message}`);
  const found: Difference[] = [];
  for (const cause of missing) {
    const at = added.findIndex(({ field }) => field === cause.field);
    const [twin] = at < 0 ? [] : added.splice(at, 1);
    found.push({ what: 'cause', where: pathPattern(cause.field ?? ''), upstream: told(cause), skiff: told(twin) });
  }
  for (const cause of added) found.push({ what: 'cause', where: pathPattern(cause.field ?? ''), upstream: '', skiff: told(cause) });
  if (found.length > 0) return found;
  // Conflicts with several managers come in the order of Go's maps, which is none.
  const isOrdered = !causesAreConflicts(theirs);
  // Labels, annotations, data and amounts of resources are looked at in the order of Go's maps, which is none: causes of one field come in any order.
  const amounts = /(\.(?:limits|requests|hard|used|devices\[\d+\]\.attributes)|^(?:data|binaryData))\[.*$/;
  const fieldsOf = (causes: any[]) =>
    withSourcesInOrder(causes.map(({ field, message }) => ({ field: String(field).replace(amounts, '$1'), message }))).join();
  if (isOrdered && theirs.length > 0 && fieldsOf(theirs) !== fieldsOf(ours))
    return [{ what: 'order of causes', where: '', ...firstDifference(theirTexts.join(), ourTexts.join()) }];
  const isRepeating = theirAll.length !== ourAll.length;
  const repeated: Difference[] = isRepeating
    ? [{ what: 'repeated causes', where: '', upstream: `${theirAll.length}`, skiff: `${ourAll.length}` }]
    : [];
  const inOrder = (causes: any[]) =>
    theirTexts.join() === ourTexts.join() ? causes : causes.toSorted((a, b) => (causeText(a) < causeText(b) ? -1 : 1));
  const withOnce = (status: any, causes: any[]) =>
    theirAll.length === 0
      ? status
      : {
          ...status,
          ...(theirTexts.join() === ourTexts.join() ? {} : { message: '' }),
          details: { ...status.details, causes: inOrder(causes) },
        };
  return [...repeated, ...compareValues(withOnce(upstream, theirs), withOnce(skiff, ours), '')];
}
/** The fields of causes; those of a metric that has several sources come in the order of Go's maps, which is none. */
function withSourcesInOrder(causes: readonly { readonly field: string; readonly message: string }[]): string[] {
  const fields = causes.map(({ field }) => field);
  const parentOf = (index: number) =>
    causes[index]?.message === 'Forbidden: must populate the given metric source only' ? fields[index]!.replace(/\.\w+$/, '') : undefined;
  for (let from = 0, to = 0; from < fields.length; from = to) {
    for (to = from + 1; parentOf(from) !== undefined && parentOf(to) === parentOf(from); ) to++;
    fields.splice(from, to - from, ...fields.slice(from, to).sort());
  }
  return fields;
}
/** Members of an applied object are looked at in the order of Go's maps, which is none. */
function withFaultsInOrder(status: any): any {
  const [head, ...faults] = String(status.message ?? '').split('\n');
  return head!.startsWith('failed to create typed patch object') ? { ...status, message: [head, ...faults.sort()].join('\n') } : status;
}
const causesAreConflicts = (causes: readonly any[]): boolean => causes[0]?.reason === 'FieldManagerConflict';
const once = (causes: readonly any[]): any[] => [...new Map(causes.map((cause) => [causeText(cause), cause])).values()];
export const pathPattern = (path: string): string => path.replaceAll(/\[[^\]]*\]/g, '[]');

function compareValues(upstream: any, skiff: any, where: string, found: Difference[] = []): Difference[] {
  if (Array.isArray(upstream) && Array.isArray(skiff)) {
    if (upstream.length !== skiff.length)
      found.push({ what: 'body', where: `${where}.length`, upstream: brief(upstream), skiff: brief(skiff) });
    else upstream.forEach((one, index) => compareValues(one, skiff[index], `${where}[]`, found));
  } else if (isObject(upstream) && isObject(skiff)) {
    for (const key of new Set([...Object.keys(upstream), ...Object.keys(skiff)])) {
      const at = where === '' ? key : `${where}.${key}`;
      if (!Object.hasOwn(upstream, key)) found.push({ what: 'body', where: at, upstream: 'absent', skiff: brief(skiff[key]) });
      else if (!Object.hasOwn(skiff, key)) found.push({ what: 'body', where: at, upstream: brief(upstream[key]), skiff: 'absent' });
      else compareValues(upstream[key], skiff[key], at, found);
    }
  } else if (!Object.is(upstream, skiff)) found.push({ what: 'body', where, upstream: brief(upstream), skiff: brief(skiff) });
  return found;
}
/** Where members of the same objects stand in another order. */
function compareOrder(upstream: any, skiff: any, where: string): Difference[] {
  if (Array.isArray(upstream)) return upstream.flatMap((one, index) => compareOrder(one, skiff[index], `${where}[]`));
  if (!isObject(upstream)) return [];
  const [theirs, ours] = [Object.keys(upstream), Object.keys(skiff)];
  const here: Difference[] = theirs.join() === ours.join() ? [] : [{ what: 'order', where, upstream: theirs.join(), skiff: ours.join() }];
  return [...here, ...theirs.flatMap((key) => compareOrder(upstream[key], skiff[key], where === '' ? key : `${where}.${key}`))];
}
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const mostShown = 400;
const brief = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')).slice(0, mostShown);

/** The lines around the first character that is not the same. */
function firstDifference(upstream: string, skiff: string): Pick<Difference, 'upstream' | 'skiff'> {
  let at = 0;
  while (at < upstream.length && upstream[at] === skiff[at]) at++;
  const from = Math.max(0, at - 60);
  return { upstream: upstream.slice(from, at + 140), skiff: skiff.slice(from, at + 140) };
}
function messageOf({ text }: Shown): string {
  try {
    const { message, kind } = JSON.parse(text);
    return message ?? kind ?? '';
  } catch {
    return text.slice(0, mostShown);
  }
}

/** Differences that are alike have the same class: what is particular to one object is left out. */
export function classOf({ what, where, upstream, skiff }: Difference): string {
  if (what === 'cause' && upstream.startsWith('FieldManagerConflict')) return ['conflict', pattern(upstream), pattern(skiff)].join(' | ');
  if (what === 'order') return `${what} | ${pattern(where)}`;
  return [what, pattern(where), pattern(ofKind(upstream)), pattern(ofKind(skiff))].join(' | ');
}
/** Templates of pods stand at several places. */
const podPrefix = /^(?:spec\.(?:jobTemplate\.spec\.)?template|template)\.(?=spec|metadata)/;
/** Most differences are not of one kind only. */
const names = (await loadKinds()).flatMap(({ kind, plural, group }) => [kind, plural].flatMap((name) => [name, `${name}.${group}`]));
const anyName = new RegExp(
  `(?<![\\w.])(?:${names
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replaceAll(/[.*+/]/g, '\\$&'))
    .join('|')})(?![\\w.]*\\w)`,
  'g',
);
const ofKind = (text: string) => text.replaceAll(anyName, (name) => (/^[A-Z]/.test(name) ? 'Kind' : 'kinds'));
const longestPattern = 160;
const pattern = (text: string): string =>
  text
    .replace(podPrefix, '')
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replaceAll(/\[[^\]]*\]/g, '[…]')
    .replaceAll(/\{.*\}/gs, '{…}')
    .replaceAll(/\b(?:[a-z.-]+\/)?v\d+\b/g, 'v0')
    .replaceAll(/\d+/g, '0')
    .replaceAll(/\s+/g, ' ')
    .slice(0, longestPattern);
