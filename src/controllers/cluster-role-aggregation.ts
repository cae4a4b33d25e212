import { apiVersionOf } from '../api/kind.ts';
import { defineController } from '../client/controller.ts';
import { ClusterRole } from '../kinds/rbac/cluster-role.ts';
import { aggregatedRules, ruleText, selectorsOf } from './lib/aggregated-rules.ts';

const name = 'clusterrole-aggregation-controller';

/** Fills the rules of ClusterRoles that gather those of others by label: admin, edit, view and one's own. */
export const clusterRoleAggregation = defineController<ClusterRole>({
  name,
  for: ClusterRole,
  watches: [
    {
      kind: ClusterRole,
      map: (_role: ClusterRole, context) =>
        context
          .cache(ClusterRole)
          .list()
          .filter((role) => selectorsOf(role).length > 0)
          .map((role) => ({ name: role.metadata.name })),
    },
  ],
  can: [
    { groups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['escalate', 'get', 'list', 'patch', 'update', 'watch'] },
  ],
  async reconcile(key, context) {
    const roles = context.cache(ClusterRole);
    const role = roles.get(key);
    if (role === undefined || selectorsOf(role).length === 0) return;
    const rules = aggregatedRules(role, roles.list());
    if (JSON.stringify(rules.map(ruleText)) === JSON.stringify((role.rules ?? []).map(ruleText))) return;
    const applied = { apiVersion: apiVersionOf(ClusterRole), kind: ClusterRole.kind, metadata: { name: key.name }, rules };
    await context.client.patch(ClusterRole, { name: key.name }, 'apply', applied, { fieldManager: name, force: true });
  },
});
