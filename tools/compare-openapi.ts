/**
 * Compares Skiff's OpenAPI and discovery documents with upstream's: every path, operation, parameter, schema, extension, enum, default,
 * format and list type of the kinds that both serve; descriptions aside.
 *
 *   node tools/compare-openapi.ts FOLDER      the api/ folder of Kubernetes' source tree (published without enums)
 *   TOKEN=... node tools/compare-openapi.ts https://HOST:PORT      a running API server
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareDocuments } from './lib/compare-documents.ts';
import { documents } from './lib/own-documents.ts';
import { publishedFile } from './lib/published.ts';

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('usage: compare-openapi.ts FOLDER | https://HOST:PORT');

/** Gives undefined for what upstream does not have. */
async function ask(path: string, form: 'plain' | 'aggregated'): Promise<any> {
  if (source!.startsWith('https:')) {
    const accept = form === 'plain' ? 'application/json' : 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const answer = await fetch(source + path, { headers: { accept, authorization: `Bearer ${process.env.TOKEN}` } });
    return answer.ok ? await answer.json() : undefined;
  }
  const file = join(source!, publishedFile(path, form));
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
const { lines, missing } = await compareDocuments(await documents(), {
  isPublished: !source.startsWith('https:'),
  json: (path) => ask(path, 'plain'),
  aggregated: (path) => ask(path, 'aggregated'),
});
for (const line of lines) console.log(line);
console.log(`${lines.length} differences; not served here: ${missing.join(' ') || 'nothing'}`);
process.exitCode = lines.length === 0 ? 0 : 1;
