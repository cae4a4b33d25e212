import { dangling, differences, normalized, withoutShared } from './compare-json.ts';
import type { OwnDocuments } from './own-documents.ts';

/** Upstream's documents, by path; undefined where there is none. */
export interface UpstreamDocuments {
  /** The published documents are made with every alpha feature, among them CBOR, and without enums and a version. */
  readonly isPublished: boolean;
  json(path: string): Promise<any>;
  aggregated(path: string): Promise<any>;
}

/** Every difference between our documents and upstream's, and the groups' versions on by default that are not served here. */
export async function compareDocuments(
  own: OwnDocuments,
  upstream: UpstreamDocuments,
): Promise<{ readonly lines: readonly string[]; readonly missing: readonly string[] }> {
  const lines: string[] = [];
  const isLeftOut = (key: string, item: unknown) =>
    upstream.isPublished &&
    ((key === 'enum' && Array.isArray(item)) ||
      /cbor/.test(key === '' ? String(item) : key) ||
      (key === 'version' && /^(1\.36|unversioned)$/.test(String(item))));
  const compare = (about: string, mine: unknown, theirs: unknown) => {
    if (theirs === undefined) lines.push(`${about}: upstream has no such document`);
    else for (const line of differences(normalized(mine, isLeftOut), normalized(theirs, isLeftOut))) lines.push(`${about}: ${line}`);
  };
  for (const [place, document] of own.v3) {
    compare(place, document, await upstream.json(`/openapi/v3/${place}`));
    for (const reference of dangling(document)) lines.push(`${place}: ${reference} is nowhere`);
  }
  for (const reference of dangling(own.v2)) lines.push(`v2: ${reference} is nowhere`);
  const theirs = await upstream.json('/openapi/v2');
  compare('v2', withoutShared(own.v2), withoutShared(theirs));
  for (const [path, document] of own.discovery) compare(path, document, await upstream.json(path));
  for (const root of ['/api', '/apis']) {
    const document = await upstream.aggregated(root);
    // The published document holds both.
    const items = document?.items.filter((item: any) => (item.metadata.name === undefined) === (root === '/api'));
    if (items?.length === 0) continue;
    compare(`aggregated ${root}`, own.aggregated(root === '/api'), document && { ...document, items });
  }
  const groups: any[] = (await upstream.json('/apis'))?.groups ?? [];
  const served = groups.flatMap(({ versions }) => versions.map((one: any) => one.groupVersion as string));
  return { lines, missing: served.filter((one) => !own.v3.has(`apis/${one}`)) };
}
