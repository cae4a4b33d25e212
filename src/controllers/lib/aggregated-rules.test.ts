import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRole } from '../../kinds/rbac/cluster-role.ts';
import { aggregatedRules } from './aggregated-rules.ts';

const role = (name: string, labels: Record<string, string>, resources: readonly string[], selects?: Record<string, string>) =>
  ({
    metadata: { name, labels },
    rules: resources.map((resource) => ({ verbs: ['get'], apiGroups: [''], resources: [resource] })),
    ...(selects === undefined ? {} : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: selects }] } }),
  }) as unknown as ClusterRole;

test('gathers the rules of the selected roles by name, each once, never its own', () => {
  const all = role('all', { part: 'yes' }, ['own'], { part: 'yes' });
  const roles = [
    role('b', { part: 'yes' }, ['pods', 'nodes']),
    role('a', { part: 'yes' }, ['pods']),
    role('c', { part: 'no' }, ['secrets']),
    all,
  ];
  assert.deepEqual(
    aggregatedRules(all, roles).map((rule) => rule.resources),
    [['pods'], ['nodes']],
  );
});
