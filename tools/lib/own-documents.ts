import { loadKinds } from '../../src/kinds/catalog.node.ts';
import { join } from 'node:path';
import { catalog } from '../../src/base/catalog.node.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Subresources } from '../../src/server/dispatch.ts';
import { Discovery } from '../../src/server/discovery.ts';
import { createKindIndex } from '../../src/server/kind-index.ts';
import { OpenApi } from '../../src/server/open-api.ts';
import type { Subresource } from '../../src/server/types.ts';

/** Skiff's OpenAPI and discovery documents, made without a server. */
export type OwnDocuments = Awaited<ReturnType<typeof documents>>;

/** In the form in which tools and tests compare them. */
export async function documents() {
  const kinds = createKindIndex(await loadKinds());
  const subresources = await catalog<Subresource>(join(import.meta.dirname, '../../src/server/subresources'));
  const discovery = new Discovery(kinds, new Subresources(subresources));
  const openApi = new OpenApi({ kinds, discovery, clock: systemClock, descriptions: async () => () => undefined });
  const parse = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());
  const places = [...(await openApi.tags()).keys()];
  const v3 = new Map(await Promise.all(places.map(async (place) => [place, parse((await openApi.v3(place))!.json)] as const)));
  const groups = discovery.groups().filter((group) => group !== '');
  const paths: [string, object][] = [
    ['/api/v1', discovery.resources('', 'v1')!],
    ['/apis', discovery.groupList()],
    ...groups.map((group): [string, object] => [`/apis/${group}`, discovery.group(group)!]),
    ...groups.flatMap((group) =>
      discovery.versions(group).map((version): [string, object] => [`/apis/${group}/${version}`, discovery.resources(group, version)!]),
    ),
  ];
  return {
    v2: parse((await openApi.v2()).json),
    v3,
    discovery: new Map(paths),
    aggregated: (legacy: boolean) => discovery.aggregated(legacy),
    openApi,
  };
}
