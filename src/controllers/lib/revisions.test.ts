import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatefulSet } from '../../kinds/apps/stateful-set.ts';
import { made } from '../../kinds/lib/testing.ts';
import { atRevision, byRevision, holdsTemplateOf, revisionHash, revisionName, templatePatch } from './revisions.ts';

const labels = { app: 'web' };
const set = (template: object) => made(StatefulSet, { metadata: { name: 'web' }, spec: { selector: { matchLabels: labels }, template } });
const plain = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } };
const rich = {
  metadata: { labels, annotations: { a: '<b>&"ü\u2028' } },
  spec: {
    containers: [
      {
        name: 'web',
        image: 'nginx:1.27',
        env: [{ name: 'A', value: '' }],
        ports: [{ containerPort: 80 }],
        resources: { requests: { cpu: '0.5', memory: '1024Mi' } },
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      },
    ],
    volumes: [{ name: 'e', emptyDir: {} }],
  },
};

test('a revision is named as upstream names it', () => {
  // From history.HashControllerRevision of 1.36.3, over the same sets.
  assert.equal(revisionHash(templatePatch(set(plain)), 0), '58766555d5');
  assert.equal(revisionHash(templatePatch(set(plain)), 1), '58766555d4');
  assert.equal(revisionHash(templatePatch(set(rich)), 0), 'cfd66c4d4');
  assert.equal(revisionName('web', 'abc'), 'web-abc');
  assert.equal(revisionName('x'.repeat(250), 'abc').length, 227);
});

test('clients compare the text of a revision with their own', () => {
  const text = JSON.stringify(templatePatch(set(plain)));
  assert.ok(
    text.startsWith(
      '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"image":"nginx:1.27",',
    ),
  );
});

test('a revision gives back the template', () => {
  const [before, after] = [set(plain), set(rich)];
  const revision = { data: templatePatch(before) } as never;
  assert.ok(holdsTemplateOf(revision, before));
  assert.ok(!holdsTemplateOf(revision, after));
  assert.deepEqual(atRevision(after, revision), before);
});

test('revisions are ordered by number, age and name', () => {
  const revision = (revision: number, creationTimestamp: string, name: string) =>
    ({ revision, metadata: { creationTimestamp, name } }) as never;
  const sorted = [revision(2, 'a', 'a'), revision(1, 'b', 'a'), revision(1, 'a', 'b'), revision(1, 'a', 'a')].sort(byRevision);
  assert.deepEqual(
    sorted.map(({ revision, metadata }: any) => `${revision}${metadata.creationTimestamp}${metadata.name}`),
    ['1aa', '1ab', '1ba', '2aa'],
  );
});
