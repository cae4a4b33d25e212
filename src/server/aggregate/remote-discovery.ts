import { parseJson } from '../../api/json.ts';
import type { Clock } from '../../base/clock.ts';
import type { Identity } from '../../client/call.ts';
import type { Backend, Fetched } from './backend.ts';

/** What another server says of the resources of one version, as aggregated discovery holds it. */
export interface VersionDiscovery {
  readonly version: string;
  readonly resources?: readonly object[];
  readonly freshness: 'Current' | 'Stale';
}
/** What is known of a server: its documents as they were last seen. */
export interface RemoteDiscovery {
  /** By 'group/version'. */
  readonly versions: ReadonlyMap<string, readonly object[]>;
  readonly etag: string;
}

interface Text {
  readonly [name: string]: unknown;
}
const asText = (value: unknown): string => (typeof value === 'string' ? value : '');
const asList = (value: unknown): readonly Text[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one) : []);
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);
const kindIn = (value: unknown) => {
  const { group, version, kind } = (value ?? {}) as Text;
  return { group: asText(group), version: asText(version), kind: asText(kind) };
};
const some = <T>(name: string, list: readonly T[]) => (list.length === 0 ? {} : { [name]: list });

/** A resource of apidiscovery.k8s.io, with the fields that there are and no others. */
function resourceOf(given: Text): object {
  const subresources = asList(given.subresources).map((one) => ({
    subresource: asText(one.subresource),
    responseKind: kindIn(one.responseKind),
    verbs: texts(one.verbs),
  }));
  return {
    resource: asText(given.resource),
    responseKind: kindIn(given.responseKind),
    scope: asText(given.scope),
    singularResource: asText(given.singularResource),
    verbs: texts(given.verbs),
    ...some('shortNames', texts(given.shortNames)),
    ...some('categories', texts(given.categories)),
    ...some('subresources', subresources),
  };
}
function fromAggregated(document: unknown): ReadonlyMap<string, readonly object[]> {
  const versions = new Map<string, readonly object[]>();
  for (const group of asList((document as Text | null | undefined)?.items)) {
    const name = asText((group.metadata as Text | undefined)?.name);
    for (const version of asList(group.versions))
      versions.set(`${name}/${asText(version.version)}`, asList(version.resources).map(resourceOf));
  }
  return versions;
}

/** An APIResourceList as aggregated discovery would tell it. Throws Error for subresources of another scope than their resource. */
export function resourcesOf(list: unknown): readonly object[] {
  const rows = asList((list as Text | null | undefined)?.resources);
  const scopeOf = (row: Text) => (row.namespaced === true ? 'Namespaced' : 'Cluster');
  const kindOf = (row: Text) => (asText(row.kind) === '' ? kindIn(undefined) : kindIn(row));
  const resources = new Map<string, Text & { subresources: Text[] }>();
  for (const row of rows) {
    const name = asText(row.name);
    if (name.includes('/')) continue;
    const { singularName, verbs, shortNames, categories } = row;
    const about = { responseKind: kindOf(row), scope: scopeOf(row), singularResource: singularName, verbs, shortNames, categories };
    resources.set(name, { resource: name, ...about, subresources: [] });
  }
  for (const row of rows) {
    const [parent = '', ...more] = asText(row.name).split('/');
    if (more.length === 0) continue;
    const of = resources.get(parent) ?? { resource: parent, scope: scopeOf(row), subresources: [] };
    resources.set(parent, of);
    const subresource = more.join('/');
    if (of.scope !== scopeOf(row)) {
      const [theirs, its] = [of.scope as string, scopeOf(row)];
      throw new Error(`Error: Parent ${parent} (scope: ${theirs}) and subresource ${subresource} (scope: ${its}) scope do not match`);
    }
    of.subresources.push({ subresource, responseKind: kindOf(row), verbs: row.verbs });
  }
  return [...resources.values()].map(resourceOf);
}

const listType = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
const isAggregated = ({ headers }: Fetched): boolean => {
  const parameters = (headers['content-type'] ?? '').split(';').map((one) => one.trim());
  return parameters.includes('g=apidiscovery.k8s.io') && (parameters.includes('v=v2') || parameters.includes('v=v2beta1'));
};
const timeoutMs = 5_000;
const trusted: Identity = { user: 'system:kube-aggregator', groups: ['system:masters'] };
const plain: Identity = { user: 'system:kube-aggregator', groups: [] };

/** Reads what a server serves: its aggregated discovery, or what is older. Throws Error when it can't be had. */
export async function fetchDiscovery(backend: Backend, known: RemoteDiscovery | undefined, clock: Clock): Promise<RemoteDiscovery> {
  const headers = {
    accept: `${listType('v2')},${listType('v2beta1')}`,
    ...(known === undefined || known.etag === '' ? {} : { 'if-none-match': known.etag }),
  };
  const answer = await backend.fetch('/apis', trusted, headers, timeoutMs, clock);
  if (answer.code === 304 && known !== undefined) return known;
  if (answer.code === 503) throw new Error('the service returned non-success response code: 503');
  if (answer.code === 200 && isAggregated(answer))
    return { versions: fromAggregated(parseJson(answer.body).value), etag: answer.headers.etag ?? '' };
  const { group = '', version = '' } = backend.spec;
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const legacy = await backend.fetch(path, plain, { accept: 'application/json' }, timeoutMs, clock);
  if (legacy.code !== 200) throw new Error(`failed to download legacy discovery for ${path}: status ${legacy.code}`);
  return { versions: new Map([[`${group}/${version}`, resourcesOf(parseJson(legacy.body).value)]]), etag: '' };
}
