import { createHash } from 'node:crypto';
import { parseJson } from '../../api/json.ts';
import type { Clock } from '../../base/clock.ts';
import type { Identity } from '../../client/call.ts';
import { checkWritable } from './open-api-parts.ts';
import type { ForwardedHeaders } from '../subresources/lib/http-relay.ts';
import type { Backend, Fetched } from './backend.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a server tells of itself in OpenAPI. */
export interface RemoteOpenApi {
  /** The places of its own OpenAPI 3 documents, and the URL of each. Empty for a server that has none. */
  readonly places: ReadonlyMap<string, string>;
  /** What it has under the paths of its APIService; undefined when it tells nothing. */
  readonly v2: Section | undefined;
  readonly etag: string;
}
/** A part of an OpenAPI 2 document that holds all it refers to. */
export interface Section {
  readonly paths: Json;
  readonly definitions: Json;
  readonly parameters: Json;
}

const timeoutMs = 60_000;
const aggregator: Identity = { user: 'system:aggregator', groups: [] };
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names that a piece of a document refers to, by section: '#/definitions/x', '#/parameters/y'. */
function* referencesIn(value: unknown): Generator<readonly [section: string, name: string]> {
  if (Array.isArray(value)) for (const one of value) yield* referencesIn(one);
  else if (isJson(value))
    for (const [key, inner] of Object.entries(value)) {
      if (key !== '$ref' || typeof inner !== 'string') yield* referencesIn(inner);
      else {
        const [, section, name] = /^#\/(definitions|parameters)\/(.+)$/.exec(inner) ?? [];
        if (section !== undefined) yield [section, name!.replaceAll('~1', '/').replaceAll('~0', '~')];
      }
    }
}
/** What a document has under a path, and what that refers to. */
export function sectionUnder(document: unknown, prefix: string): Section {
  const given = isJson(document) ? document : {};
  const of = (name: string): Json => (isJson(given[name]) ? (given[name] as Json) : {});
  const paths = Object.fromEntries(Object.entries(of('paths')).filter(([path, item]) => path.startsWith(prefix) && isJson(item)));
  const found: Readonly<Record<string, Record<string, unknown>>> = { definitions: {}, parameters: {} };
  const waiting: unknown[] = [paths];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop())
    for (const [section, name] of referencesIn(value)) {
      const known = found[section]!;
      const target = of(section)[name];
      if (Object.hasOwn(known, name) || target === undefined) continue;
      known[name] = target;
      waiting.push(target);
    }
  return { paths, definitions: found.definitions!, parameters: found.parameters! };
}

function placesOf(answer: Fetched): ReadonlyMap<string, string> {
  const document = parseJson(answer.body).value;
  const paths = isJson(document) && isJson(document.paths) ? document.paths : {};
  return new Map(
    Object.entries(paths).flatMap(([place, item]) => {
      const url = isJson(item) ? item.serverRelativeURL : undefined;
      return typeof url === 'string' ? [[place, url] as const] : [];
    }),
  );
}
const tagOf = ({ headers, body }: Fetched): string => headers.etag ?? createHash('sha512').update(body).digest('hex');

/** Reads a server's OpenAPI documents, unless they are as they were. Throws Error when they can't be had. */
export async function fetchOpenApi(backend: Backend, known: RemoteOpenApi | undefined, clock: Clock): Promise<RemoteOpenApi> {
  const index = await backend.fetch('/openapi/v3', aggregator, { accept: 'application/json' }, timeoutMs, clock);
  if (index.code !== 200 && index.code !== 404) throw new Error(`failed to download the index of OpenAPI: status ${index.code}`);
  const places = index.code === 404 ? new Map<string, string>() : placesOf(index);
  const etag = known?.etag ?? '';
  const conditional: ForwardedHeaders = etag === '' ? {} : { 'if-none-match': etag };
  const answer = await backend.fetch('/openapi/v2', aggregator, { accept: 'application/json', ...conditional }, timeoutMs, clock);
  if (answer.code === 304 && known !== undefined) return { ...known, places };
  if (answer.code === 404) return { places, v2: undefined, etag: '' };
  if (answer.code !== 200) throw new Error(`failed to retrieve openAPI spec, http error: ${answer.code}`);
  const tag = tagOf(answer);
  if (known?.v2 !== undefined && tag === known.etag) return { ...known, places };
  const { group = '', version = '' } = backend.spec;
  const v2 = sectionUnder(parseJson(answer.body).value, `/apis/${group}/${version}/`);
  checkWritable(v2);
  return { places, v2, etag: tag };
}
