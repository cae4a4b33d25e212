import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { aggregatedRules } from '../../src/controllers/lib/aggregated-rules.ts';
import { rbacEscalation } from '../../src/server/admission/rbac-escalation.ts';
import { createRbac, type Rbac } from '../../src/server/authz/rbac.ts';
import type { Attributes } from '../../src/server/types.ts';
import { MemoryResources } from '../helpers/memory-resources.ts';
import { holdsAll, isAllowed, type OracleRole, type Policy, type Question, type Rule, rulesFor, type Who } from '../helpers/rbac-oracle.ts';

const rbacGroup = 'rbac.authorization.k8s.io';
const words = {
  verbs: ['get', 'list', 'create', 'delete', 'post'],
  groups: ['', 'apps'],
  resources: ['pods', 'deployments', 'nodes'],
  subresources: ['scale', 'status', 'log'],
  names: ['a', 'b'],
  paths: ['/', '/api', '/api/v1', '/healthz', '/logs/x'],
};
const namespaces = ['shop', 'depot'];
const users = ['ann', 'bob', 'system:serviceaccount:shop:robot', 'system:serviceaccount:depot:robot'];
const groups = ['dev', 'ops', 'system:authenticated'];
const some = (of: readonly string[], most = 2) => fc.uniqueArray(fc.constantFrom(...of), { minLength: 1, maxLength: most });

const resources = [...words.resources, '*', 'pods/log', 'deployments/scale', '*/scale', '*/status', 'nodes/status'];
const resourceRule: fc.Arbitrary<Rule> = fc.record(
  {
    verbs: some([...words.verbs, '*']),
    apiGroups: some([...words.groups, '*']),
    resources: some(resources, 3),
    resourceNames: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some(words.names) }),
  },
  { requiredKeys: ['verbs', 'apiGroups', 'resources'] },
);
const pathRule: fc.Arbitrary<Rule> = fc.record({
  verbs: some(['get', 'post', '*']),
  nonResourceURLs: some([...words.paths, '*', '/api*', '/api/*', '/logs/*', '/h*']),
});
const clusterRules = fc.array(fc.oneof({ weight: 3, arbitrary: resourceRule }, { weight: 1, arbitrary: pathRule }), { maxLength: 3 });
const labels = fc.dictionary(fc.constantFrom('to-edit', 'to-view'), fc.constantFrom('true', 'false'), { maxKeys: 2 });
const roleNames = ['one', 'two', 'three', 'gathers'];

const policies: fc.Arbitrary<Policy> = fc.record({
  roles: fc
    .record({
      cluster: fc.array(fc.record({ rules: clusterRules, labels }), { minLength: 3, maxLength: 3 }),
      gathers: fc.array(fc.dictionary(fc.constantFrom('to-edit', 'to-view'), fc.constant('true'), { minKeys: 1, maxKeys: 2 }), {
        minLength: 1,
        maxLength: 2,
      }),
      local: fc.array(fc.record({ namespace: fc.constantFrom(...namespaces), rules: fc.array(resourceRule, { maxLength: 2 }) }), {
        maxLength: 3,
      }),
    })
    .map(({ cluster, gathers, local }): readonly OracleRole[] => [
      ...cluster.map((role, index) => ({ name: roleNames[index]!, ...role })),
      { name: 'gathers', rules: [], aggregates: gathers },
      ...local.map((role, index) => ({ name: roleNames[index]!, ...role })),
    ]),
  bindings: fc
    .array(
      fc.record({
        namespace: fc.option(fc.constantFrom(...namespaces), { nil: undefined }),
        isLocal: fc.boolean(),
        roleName: fc.constantFrom(...roleNames, 'missing'),
        subjects: fc.array(
          fc.oneof(
            fc.constantFrom(...users).map((name) => ({ kind: 'User', name })),
            fc.constantFrom(...groups).map((name) => ({ kind: 'Group', name })),
            fc.constantFrom(...namespaces).map((namespace) => ({ kind: 'ServiceAccount', name: 'robot', namespace })),
          ),
          { minLength: 1, maxLength: 4 },
        ),
      }),
      { minLength: 4, maxLength: 10 },
    )
    .map((all) =>
      all.map(({ namespace, isLocal, ...rest }, index) => ({
        name: `b${index}`,
        ...rest,
        ...(namespace === undefined ? {} : { namespace }),
        roleKind: isLocal && namespace !== undefined ? ('Role' as const) : ('ClusterRole' as const),
      })),
    ),
});
const who: fc.Arbitrary<Who> = fc.record({ user: fc.constantFrom(...users), groups: fc.subarray(groups) });
const question: fc.Arbitrary<Question> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      verb: fc.constantFrom(...words.verbs, 'watch'),
      group: fc.constantFrom(...words.groups, 'batch'),
      resource: fc.constantFrom(...words.resources, 'jobs'),
      subresource: fc.constantFrom('', '', ...words.subresources),
      namespace: fc.constantFrom('', ...namespaces, 'elsewhere'),
      name: fc.constantFrom('', ...words.names, 'c'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ verb: fc.constantFrom('get', 'post'), path: fc.constantFrom(...words.paths, '/apis', '/logs/', '/healthz/x') }),
  },
);

/** The server's side of a policy, with aggregated roles filled in by the controller's rule. */
async function withPolicy<T>({ roles, bindings }: Policy, work: (rbac: Rbac) => Promise<T> | T): Promise<T> {
  const stored = new MemoryResources();
  const clusterRoles = roles
    .filter(({ namespace }) => namespace === undefined)
    .map(({ name, labels = {}, rules, aggregates }): any => ({
      metadata: { name, labels },
      rules,
      ...(aggregates === undefined
        ? {}
        : { aggregationRule: { clusterRoleSelectors: aggregates.map((matchLabels) => ({ matchLabels })) } }),
    }));
  for (const role of clusterRoles)
    stored.add(
      rbacGroup,
      'ClusterRole',
      role.aggregationRule === undefined ? role : { ...role, rules: aggregatedRules(role, clusterRoles) },
    );
  for (const { name, namespace, rules } of roles)
    if (namespace !== undefined) stored.add(rbacGroup, 'Role', { metadata: { name, namespace }, rules });
  for (const { name, namespace, roleKind, roleName, subjects } of bindings) {
    const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
    stored.add(rbacGroup, kind, {
      metadata: { name, namespace },
      roleRef: { apiGroup: rbacGroup, kind: roleKind, name: roleName },
      subjects,
    });
  }
  const stop = new AbortController();
  const rbac = createRbac({ resources: stored, clock: new VirtualClock(), log: silentLogger, signal: stop.signal });
  await rbac.ready;
  try {
    return await work(rbac);
  } finally {
    stop.abort();
  }
}
const attributes = (identity: Who, asked: Question): Attributes => ({
  identity,
  group: '',
  version: 'v1',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  path: '',
  isResource: !('path' in asked),
  ...asked,
});

test('100,000 decisions on random policies are those of the oracle', async () => {
  let decisions = 0;
  let allowed = 0;
  const questions = fc.array(fc.tuple(who, question), { minLength: 100, maxLength: 100 });
  await fc.assert(
    fc.asyncProperty(policies, questions, (policy, asked) =>
      withPolicy(policy, async (rbac) => {
        for (const [identity, one] of asked) {
          const verdict = await rbac.authorize(attributes(identity, one));
          const wanted = isAllowed(policy, identity, one);
          decisions++;
          if (wanted) allowed++;
          assert.equal(verdict.decision, wanted ? 'allow' : 'noOpinion', JSON.stringify({ identity, one }));
        }
      }),
    ),
    { numRuns: 1_000, seed: 4 },
  );
  assert.equal(decisions, 100_000);
  assert.ok(allowed > 5_000, `only ${allowed} were allowed: the policies are too narrow to tell anything`);
});

test('nobody grants or binds what he does not hold, as the oracle sees it', async () => {
  let refused = 0;
  let granted = 0;
  const rules = fc.oneof(clusterRules, fc.constant<readonly Rule[]>([]));
  await fc.assert(
    fc.asyncProperty(policies, who, rules, fc.constantFrom('', ...namespaces), fc.boolean(), (policy, identity, wanted, namespace, binds) =>
      withPolicy(policy, async (rbac) => {
        const owned = rulesFor(policy, identity, namespace);
        const plugin = rbacEscalation(rbac);
        const bound = policy.roles.find(({ namespace: at }) => at === undefined)!;
        const kind = binds ? (namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding') : namespace === '' ? 'ClusterRole' : 'Role';
        const object = binds
          ? { metadata: { name: 'new' }, roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: bound.name } }
          : { metadata: { name: 'new' }, rules: wanted };
        const context = {
          operation: 'CREATE',
          kind: { group: rbacGroup, kind, plural: `${kind.toLowerCase()}s` },
          namespace,
          name: 'new',
          object,
          old: undefined,
          identity,
          // Nobody has the verbs escalate and bind here.
          deps: { authorize: () => ({ decision: 'noOpinion', reason: '' }) },
        };
        const mayGrant = await Promise.resolve(plugin.validate!(context as never)).then(
          () => true,
          () => false,
        );
        const should = holdsAll(owned, binds ? bound.rules : wanted, words);
        if (should) granted++;
        else refused++;
        assert.equal(mayGrant, should, JSON.stringify({ owned, wanted: binds ? bound.rules : wanted }));
      }),
    ),
    { numRuns: 1_000, seed: 5 },
  );
  assert.ok(granted > 100 && refused > 100, `${granted} granted, ${refused} refused`);
});
