import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareDocuments } from '../../tools/lib/compare-documents.ts';
import { dangling } from '../../tools/lib/compare-json.ts';
import { documents } from '../../tools/lib/own-documents.ts';
import { publishedFile } from '../../tools/lib/published.ts';

/** Kubernetes' source tree, whose api/ folder holds the published documents. It is not part of this repository. */
const source = process.env.SKIFF_UPSTREAM_SOURCE ?? join(homedir(), '.cache/skiff-upstream/src');
const own = await documents();

test('every reference leads somewhere, and operations have names of their own', () => {
  for (const [place, document] of [...own.v3, ['v2', own.v2] as const]) {
    assert.deepEqual(dangling(document), [], place);
    const ids = Object.values(document.paths as Record<string, Record<string, any>>).flatMap((item) =>
      Object.values(item).flatMap((operation) => (operation.operationId === undefined ? [] : [operation.operationId as string])),
    );
    assert.ok(ids.length > 0, place);
    assert.equal(new Set(ids).size, ids.length, place);
  }
});

if (existsSync(join(source, 'api/openapi-spec')))
  test('documents equal the published ones for every kind that is served', async (t) => {
    const read = async (path: string, form: 'plain' | 'aggregated') => {
      const file = join(source, 'api', publishedFile(path, form));
      return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    };
    const { lines, missing } = await compareDocuments(own, {
      isPublished: true,
      json: (path) => read(path, 'plain'),
      aggregated: (path) => read(path, 'aggregated'),
    });
    assert.deepEqual(lines, []);
    t.diagnostic(`not served: ${missing.join(' ')}`);
  });
