import { notAcceptable, unsupportedMediaType } from '../api/status.ts';
import type { PatchType } from '../client/call.ts';
import type { Query } from './options.ts';

export type Format = 'json' | 'yaml';
export interface Accepted {
  readonly format: Format;
  /** An object or list asked for in another form. */
  readonly as: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | undefined;
  /** apidiscovery.k8s.io/v2 instead of a plain discovery document. */
  readonly aggregated: boolean;
  readonly pretty: boolean;
}

const plainJson: Accepted = { format: 'json', as: undefined, aggregated: false, pretty: false };
const formats: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  '*/*': 'json',
  'application/*': 'json',
};
const known = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const memo = new Map<string, Accepted>();
const memoMax = 256;

/** What the Accept header asks for, of what can be given. Throws NotAcceptable. */
export function accepted(header: string | undefined, query: Query): Accepted {
  if (header === undefined && query.pretty === undefined) return plainJson;
  const pretty = isPretty(query.pretty?.[0]);
  const key = `${pretty} ${header ?? ''}`;
  let result = memo.get(key);
  if (result === undefined) {
    result = { ...choose(header ?? '*/*'), pretty };
    if (memo.size >= memoMax) memo.clear();
    memo.set(key, result);
  }
  return result;
}
const isPretty = (value: string | undefined) => value !== undefined && value !== 'false' && value !== '0';

function choose(header: string): Accepted {
  const options = header.split(',').map((text, index) => {
    const [type = '', ...rest] = text.split(';').map((part) => part.trim());
    const parameters = new Map(rest.map((part) => [part.split('=', 1)[0]!, part.slice(part.indexOf('=') + 1)]));
    const weight = Number(parameters.get('q') ?? 1);
    return { type: type.toLowerCase(), parameters, weight: Number.isNaN(weight) ? 1 : weight, index };
  });
  options.sort((a, b) => b.weight - a.weight || a.index - b.index);
  for (const { type, parameters } of options) {
    const format = Object.hasOwn(formats, type) ? formats[type] : undefined;
    if (format === undefined) continue;
    const as = parameters.get('as');
    const group = parameters.get('g');
    const version = parameters.get('v');
    if (as === undefined) return { ...plainJson, format };
    if (group === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList' && version === 'v2') {
      return { ...plainJson, format, aggregated: true };
    }
    const metadata = as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList';
    if (group === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1') && (as === 'Table' || metadata)) {
      return { ...plainJson, format, as };
    }
  }
  throw notAcceptable(`only the following media types are accepted: ${known}`);
}

const essence = (header: string | undefined) => (header ?? '').split(';', 1)[0]!.trim().toLowerCase();
const unknownFormat = (types: string) =>
  unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${types}`);

/** How to read a body. Throws UnsupportedMediaType. */
export function bodyFormat(contentType: string | undefined): Format | 'protobuf' {
  const type = essence(contentType);
  if (type === '' || type === 'application/json') return 'json';
  if (type === 'application/yaml') return 'yaml';
  if (type === 'application/vnd.kubernetes.protobuf') return 'protobuf';
  throw unknownFormat(known);
}
const patchTypes: Readonly<Record<string, { readonly type: PatchType; readonly format: Format }>> = {
  'application/json-patch+json': { type: 'json', format: 'json' },
  'application/merge-patch+json': { type: 'merge', format: 'json' },
  'application/strategic-merge-patch+json': { type: 'strategic', format: 'json' },
  'application/apply-patch+yaml': { type: 'apply', format: 'yaml' },
};
/** How to read and apply a patch. Throws UnsupportedMediaType. */
export function patchFormat(contentType: string | undefined): { readonly type: PatchType; readonly format: Format } {
  const type = essence(contentType);
  if (Object.hasOwn(patchTypes, type)) return patchTypes[type]!;
  throw unknownFormat(Object.keys(patchTypes).join(', '));
}
