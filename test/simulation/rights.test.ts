import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { StatusError } from '../../src/api/status.ts';
import { catalog } from '../../src/base/catalog.node.ts';
import type { Call } from '../../src/client/call.ts';
import type { Controller, Right } from '../../src/client/controller.ts';
import { accountOf, controller as identityOf } from '../../src/cluster/identities.ts';
import { loadKinds } from '../../src/kinds/catalog.node.ts';
import { ruleAllows } from '../../src/server/authz/rules.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';
import { simulate } from './simulate.ts';

const controllers = await catalog<Controller>(join(import.meta.dirname, '../../src/controllers'));
const named = (name: string) => controllers.find((one) => one.name === name)!;

function allows(can: readonly Right[], call: Call): boolean {
  const { verb, group, version, resource, subresource = '', namespace = '', name = '' } = call;
  const request = {
    identity: { user: '', groups: [] },
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    path: '',
    isResource: true,
  };
  return can.some(({ verbs, groups, resources, names }) =>
    ruleAllows({ verbs, apiGroups: groups, resources, resourceNames: names }, request),
  );
}

test('all parts do their work without being refused, and controllers ask for nothing that they have not declared', async () => {
  const undeclared = new Set<string>();
  const calls = new Map<string, number>();
  const declared = Map.groupBy(
    controllers.filter(({ asManager }) => asManager !== true),
    (one) => identityOf(one).user,
  );
  for (const seed of [1, 2]) {
    const { problems } = await simulate(seed, {
      calm: true,
      plant({ network }) {
        network.planted.server = ({ user, groups }) => {
          assert.ok(user === 'user' || user === 'witness' || !groups.includes('system:masters'), user);
          return (next) => (call) => {
            calls.set(user, (calls.get(user) ?? 0) + 1);
            const can = declared.get(user)?.flatMap((one) => one.can);
            if (can !== undefined && !allows(can, call)) undeclared.add(`${user} ${call.verb} ${call.resource}/${call.subresource ?? ''}`);
            return next(call);
          };
        };
      },
    });
    assert.deepEqual(problems, []);
  }
  assert.deepEqual([...undeclared], []);
  for (const part of [
    'system:kube-scheduler',
    'system:kube-controller-manager',
    'system:node:simulated-1',
    identityOf(named('deployment-controller')).user,
  ])
    assert.ok((calls.get(part) ?? 0) > 0, `${part} did nothing`);
});

test('a controller can do what it has declared, and nothing else', async () => {
  await using cluster = await SimulatedCluster.start();
  // everybody may ask about himself
  const kinds = (await loadKinds()).filter(({ storedAs, plural }) => storedAs === undefined && !plural.startsWith('self'));
  for (const name of ['event-expiry-controller', 'node-ipam-controller']) {
    const controller = named(name);
    // its account may be shared, and upstream's role of that name may say more
    const sharing = controllers.filter((one) => accountOf(one) === accountOf(controller)).flatMap((one) => one.can);
    const differences: string[] = [];
    for (const kind of kinds) {
      for (const verb of kind.verbs.filter((one) => one !== 'deletecollection' && one !== 'watch')) {
        const key = verb === 'list' || verb === 'create' ? {} : { name: 'absent' };
        const namespace = kind.scope === 'Namespaced' ? 'default' : undefined;
        const call: Call = {
          verb,
          group: kind.group,
          version: kind.version,
          resource: kind.plural,
          namespace,
          ...key,
          options: { dryRun: true },
          body: {},
        };
        const refused = await cluster.client.transport({ ...call, identity: identityOf(controller) }).then(
          () => false,
          (error: unknown) => error instanceof StatusError && error.code === 403,
        );
        if (refused === allows(sharing, call)) differences.push(`${verb} ${kind.plural}: ${refused ? 'refused' : 'allowed'}`);
      }
    }
    assert.deepEqual(differences, [], name);
  }
});
