import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLabels } from './columns.ts';

test('labels are shown in the order of their texts, in which a dot comes before the equals sign', () => {
  assert.equal(formatLabels({ app: 'web', 'app.kubernetes.io/name': 'web' }), 'app.kubernetes.io/name=web,app=web');
  assert.equal(formatLabels({}), '<none>');
});
