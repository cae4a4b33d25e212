import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Source, Step } from '../scenario.ts';
import { ask, collectionOf, isFarReaching, reviewKinds, storedKinds } from './kinds.ts';

/** Upstream's round-trip fixtures, see src/kinds/fixtures.test.ts: every field filled, in three encodings, as several releases wrote them. */
const root = process.env.SKIFF_FIXTURES ?? join(homedir(), '.cache/skiff-api-types/src/k8s.io');
const folders = ['api/testdata', 'apiextensions-apiserver/pkg/apis/testdata']
  .map((folder) => join(root, folder))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((release) => (release.isDirectory() ? [join(folder, release.name)] : [])),
  );
/** Content types by the ends of the files' names. */
const formatsOf = { json: 'application/json', yaml: 'application/yaml', pb: 'application/vnd.kubernetes.protobuf' } as const;
const kinds = [...storedKinds, ...reviewKinds];
const found = folders
  .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
  .flatMap((file) => {
    const [, group, version, name, format] = /([^/]*)\.(v[^./]+)\.([^./]+)\.(json|yaml|pb)$/.exec(file) ?? [];
    const kind = kinds.find((one) => (one.group || 'core') === group && one.version === version && one.kind === name);
    return kind === undefined || file.includes('after_roundtrip') ? [] : [{ file, kind, format: format as keyof typeof formatsOf }];
  });

/** Each is posted as it is, and with the name and namespace that it would need. */
export const fixtures: Source = {
  name: 'fixtures',
  count: found.length,
  scenario(index) {
    const { file, kind, format } = found[index]!;
    const bytes = readFileSync(file);
    const steps: Step[] = [];
    for (const validation of ['', 'fieldValidation=Strict', 'fieldValidation=Ignore']) {
      const path = ask(collectionOf(kind), validation, isFarReaching(kind) ? 'dryRun=All' : '');
      steps.push({ method: 'POST', path, headers: { 'content-type': formatsOf[format] }, body: { base64: bytes.toString('base64') } });
      if (format === 'pb') continue;
      const text = bytes.toString().replaceAll('namespaceValue', '$NS').replaceAll('nameValue', 'name-value');
      steps.push({ method: 'POST', path, headers: { 'content-type': formatsOf[format] }, body: { text } });
    }
    return { name: `fixtures ${index}`, steps };
  },
};
