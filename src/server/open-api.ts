import { openApiV2, openApiV3 } from '../api/openapi.ts';
import type { Clock } from '../base/clock.ts';
import { hashOf, type OpenApiSource, type ServedDocument } from './http/open-api.ts';
import type { KindIndex } from './types.ts';

/** The OpenAPI documents of the served kinds. */
export function createOpenApi(kinds: KindIndex, clock: Clock): OpenApiSource {
  let revision = -1;
  const documents = new Map<string, ServedDocument>();
  const placeOf = ({ group, version }: { group: string; version: string }) =>
    group === '' ? `api/${version}` : `apis/${group}/${version}`;
  const build = (place: string): ServedDocument => {
    if (revision !== kinds.revision) {
      documents.clear();
      revision = kinds.revision;
    }
    let document = documents.get(place);
    if (document === undefined) {
      const json = Buffer.from(
        JSON.stringify(place === 'v2' ? openApiV2(kinds.all) : openApiV3(kinds.all.filter((kind) => placeOf(kind) === place))),
      );
      document = { json, etag: hashOf(json), builtMs: clock.now(), protobuf: async () => json };
      documents.set(place, document);
    }
    return document;
  };
  const places = () => new Set(kinds.all.map(placeOf));
  return {
    v2: async () => build('v2'),
    tags: async () => new Map([...places()].map((place) => [place, build(place).etag])),
    v3: async (place) => (places().has(place) ? build(place) : undefined),
  };
}
