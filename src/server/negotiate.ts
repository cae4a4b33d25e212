import { notAcceptable, StatusError, unsupportedMediaType } from '../api/status.ts';
import type { PatchType } from '../client/call.ts';
import type { Query } from './options.ts';

/** Which media type, and which form of an object, a request asks for (k8s.io/apiserver endpoints/handlers/negotiation). */
export type Format = 'json' | 'yaml' | 'protobuf';
export const mediaTypes: Readonly<Record<Format, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};
const formats = Object.keys(mediaTypes) as readonly Format[];
const streamed: readonly Format[] = ['json', 'protobuf'];
export const objectTypes: readonly string[] = Object.values(mediaTypes);
export const streamTypes: readonly string[] = streamed.map((format) => `${mediaTypes[format]};stream=watch`);

export interface Accepted {
  readonly format: Format;
  /** An object or list asked for in another form, of meta.k8s.io in this version. */
  readonly as: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | undefined;
  readonly version: 'v1' | 'v1beta1';
  readonly pretty: boolean;
}

/**
 * What an endpoint can give: 'plain' its object as it is; 'resource' other forms too; 'unlisted' is a resource without tables, such
 * as a review; 'custom' resources have no protobuf, nor has the Status of a 'page'; 'discovery' gives the aggregated document only.
 */
export type Endpoint = 'plain' | 'resource' | 'unlisted' | 'custom' | 'page' | 'discovery';

export interface AcceptHeaders {
  readonly accept?: string | undefined;
  readonly 'user-agent'?: string | undefined;
}

/** For answers that are no objects. */
export const anyForm: Accepted = { format: 'json', as: undefined, version: 'v1', pretty: false };

const memo = new Map<string, Accepted | undefined>();
const memoMax = 256;

/** What the Accept header asks for, of what can be given. Throws NotAcceptable. */
export function accepted(headers: AcceptHeaders, query: Query, endpoint: Endpoint): Accepted {
  const result = whenAccepted(headers, query, endpoint);
  if (result === undefined) throw notAcceptable(acceptedOnly(objectTypes));
  return result;
}
/** undefined: nothing of it can be given. */
export function whenAccepted(headers: AcceptHeaders, query: Query, endpoint: Endpoint): Accepted | undefined {
  const pretty = wantsPretty(headers, query);
  const header = headers.accept ?? '';
  const key = `${endpoint} ${pretty} ${header}`;
  if (memo.has(key)) return memo.get(key);
  const result = choose(header, endpoint, pretty);
  if (memo.size >= memoMax) memo.clear();
  memo.set(key, result);
  return result;
}
const acceptedOnly = (types: readonly string[]) => `only the following media types are accepted: ${types.join(', ')}`;

/**
 * The first look at an Accept header, which knows no types in part ('application/*') and no parameters: go-restful's, before built-in
 * resources and discovery. Throws NotAcceptable.
 */
export function checkOffered(accept: string | undefined, types: readonly string[]): void {
  if (!accept) return;
  const asked = accept.split(',').map((one) => one.split(';', 1)[0]!.trim());
  if (asked.some((one) => one === '*/*' || types.includes(one))) return;
  throw new StatusError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`, {});
}

/** The same for the type of a body, which is not looked at when there is none (go-restful). Throws UnsupportedMediaType. */
export function checkConsumed(contentType: string | undefined, types: readonly string[] | undefined): void {
  if (!contentType || types === undefined) return;
  if (!contentType.split(',').some((one) => types.includes(one.split(';', 1)[0]!.trim()))) throw notConsumed();
}
const notConsumed = () => new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});

/** Whether watches are served in a form. */
export const isStreamed = ({ format }: Accepted): boolean => streamed.includes(format);
export const notStreamed = (): StatusError => notAcceptable(acceptedOnly(streamTypes));

/** Query first; else people at a terminal or a browser get it. */
function wantsPretty(headers: AcceptHeaders, { pretty }: Query): boolean {
  const asked = pretty?.[0];
  if (asked) return /^(1|t|T|true|TRUE|True)$/.test(asked);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '');
}

interface Clause {
  readonly type: string;
  readonly subtype: string;
  readonly weight: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** As github.com/munnerz/goautoneg reads an Accept header, its order included. */
export function parseAccept(header: string): readonly Clause[] {
  const clauses: Clause[] = [];
  for (const part of header.split(',')) {
    const [range = '', ...rest] = part.split(';');
    const [type = '', subtype = '', ...more] = range.split('/').map((text) => text.trim());
    if (more.length > 0 || (subtype === '' && type !== '*')) continue;
    const parameters = new Map<string, string>();
    let weight = 1;
    for (const text of rest) {
      const [name = '', value = '', ...others] = text.split('=').map((one) => one.trim());
      if (value === '' || others.length > 0) continue;
      if (name === 'q') weight = Number.isNaN(Number(value)) ? 0 : Number(value);
      else parameters.set(name, value);
    }
    clauses.push({ type, subtype: subtype === '' ? '*' : subtype, weight, parameters });
  }
  return inOrder(clauses);
}
function comesBefore(a: Clause, b: Clause): boolean {
  if (a.weight > b.weight) return true;
  return (a.type !== '*' && b.type === '*') || (a.subtype !== '*' && b.subtype === '*');
}
/** So many Go sorts by insertion, and so in an order that can be told. */
const sortedByInsertion = 12;
/** An insertion sort, since the order is none that every sort would agree on: what is exact goes before a heavier wildcard next to it. */
function inOrder(clauses: Clause[]): readonly Clause[] {
  if (clauses.length > sortedByInsertion) return clauses.sort((a, b) => (comesBefore(a, b) ? -1 : comesBefore(b, a) ? 1 : 0));
  for (let from = 1; from < clauses.length; from++) {
    for (let at = from; at > 0 && comesBefore(clauses[at]!, clauses[at - 1]!); at--) {
      [clauses[at], clauses[at - 1]] = [clauses[at - 1]!, clauses[at]!];
    }
  }
  return clauses;
}

function choose(header: string, endpoint: Endpoint, pretty: boolean): Accepted | undefined {
  const plain: Accepted = { ...anyForm, pretty };
  if (header === '') return endpoint === 'discovery' ? undefined : plain;
  for (const { type, subtype, parameters } of parseAccept(header)) {
    for (const format of formats) {
      const matches =
        type === '*' ? subtype === '*' : type === 'application' && (subtype === '*' || mediaTypes[format].endsWith(`/${subtype}`));
      if (!matches || !mayStream(format, parameters.get('stream'))) continue;
      const form = formOf(endpoint, format, parameters);
      if (form !== undefined) return { ...plain, ...form, format, pretty: pretty || parameters.get('pretty') === '1' };
    }
  }
  return undefined;
}
/** A page for people that can be had as an object of config.k8s.io, too. */
export type AcceptedPage = 'text' | { readonly format: 'json' | 'yaml'; readonly version: PageVersion; readonly pretty: boolean };
export type PageVersion = 'v1alpha1' | 'v1beta1';
const pageVersions: ReadonlySet<string> = new Set<PageVersion>(['v1alpha1', 'v1beta1']);

/** A page is served in none of the forms that were asked for. */
export class PageNotAcceptable extends StatusError {
  constructor() {
    super(406, 'NotAcceptable', acceptedOnly([mediaTypes.json, mediaTypes.yaml, 'text/plain']));
  }
}

/** Which form of a page is asked for, of kind `kind`. Throws NotAcceptable. */
export function acceptedPage(headers: AcceptHeaders, query: Query, kind: string): AcceptedPage {
  const header = headers.accept ?? '';
  if (header.trim() === '') return 'text';
  for (const { type, subtype, parameters } of parseAccept(header)) {
    const converts = ['as', 'g', 'v'].some((name) => parameters.has(name));
    if (parameters.has('sv') || parameters.has('stream')) continue;
    const version = parameters.get('v') ?? '';
    const isPage = parameters.get('as') === kind && parameters.get('g') === 'config.k8s.io' && pageVersions.has(version);
    const pretty = wantsPretty(headers, query) || parameters.get('pretty') === '1';
    for (const format of ['json', 'yaml'] as const) {
      const matches = type === 'application' ? subtype === '*' || subtype === format : type === '*' && subtype === '*';
      if (matches && isPage) return { format, version: version as PageVersion, pretty };
    }
    const isText = type === 'text' ? subtype === '*' || subtype === 'plain' : type === '*' && subtype === '*';
    if (isText && !converts) return 'text';
  }
  throw new PageNotAcceptable();
}
const mayStream = (format: Format, stream: string | undefined): boolean =>
  stream === undefined || (stream === 'watch' && streamed.includes(format));

/** undefined: the endpoint does not give this form in this format. */
function formOf(endpoint: Endpoint, format: Format, parameters: ReadonlyMap<string, string>): Partial<Accepted> | undefined {
  if (parameters.has('sv') && (endpoint === 'plain' || endpoint === 'page' || endpoint === 'discovery' || parameters.get('sv') !== 'v1'))
    return undefined;
  const converts = ['as', 'g', 'v'].some((name) => parameters.has(name));
  const as = parameters.get('as') ?? '';
  const group = parameters.get('g') ?? '';
  const version = parameters.get('v') ?? '';
  if (endpoint === 'discovery')
    return as === 'APIGroupDiscoveryList' && group === 'apidiscovery.k8s.io' && version === 'v2' ? {} : undefined;
  if (!converts) return (endpoint === 'custom' || endpoint === 'page') && format === 'protobuf' ? undefined : {};
  if (endpoint === 'plain' || endpoint === 'page' || group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1'))
    return undefined;
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { as, version };
  return as === 'Table' && endpoint !== 'unlisted' && format !== 'protobuf' ? { as, version } : undefined;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const mediaType = new RegExp(`^\\s*(${token}(?:/${token})?)\\s*(?:;\\s*(?:${token}\\s*=\\s*(?:${token}|"(?:[^"\\\\]|\\\\.)*")\\s*)?)*$`);
const unknownFormat = (types: readonly string[]) =>
  unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`);

/** How to read a body. Throws UnsupportedMediaType. */
export function bodyFormat(contentType: string | undefined): Format {
  if (contentType === undefined || contentType === '') return 'json';
  const type = mediaType.exec(contentType)?.[1]?.toLowerCase();
  const format = formats.find((one) => mediaTypes[one] === type);
  if (format === undefined) throw unknownFormat(objectTypes);
  return format;
}

const patchTypes: Readonly<Record<string, { readonly type: PatchType; readonly format: Format }>> = {
  'application/json-patch+json': { type: 'json', format: 'json' },
  'application/merge-patch+json': { type: 'merge', format: 'json' },
  'application/strategic-merge-patch+json': { type: 'strategic', format: 'json' },
  'application/apply-patch+yaml': { type: 'apply', format: 'yaml' },
};
/** How to read and apply a patch; custom resources know no strategic merge. Throws UnsupportedMediaType. */
export function patchFormat(contentType: string | undefined, endpoint: Endpoint): { readonly type: PatchType; readonly format: Format } {
  const type = (contentType ?? '').split(';', 1)[0]!;
  const known = Object.keys(patchTypes).filter((one) => endpoint !== 'custom' || patchTypes[one]!.type !== 'strategic');
  if (known.includes(type)) return patchTypes[type]!;
  // Built-in resources are refused by the router, in its words.
  throw endpoint === 'custom' ? unknownFormat(known) : notConsumed();
}
