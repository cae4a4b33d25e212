import type { Bench } from '../line.ts';
import { LoadClient, measure } from '../load.ts';
import type { Running } from '../peers/running.ts';
import { create, createNamespace } from './prepare.ts';

const bindings = 10_000;
const calls = 400;
const rounds = 60;
const warmUpRounds = 5;
const callers = 4;
const namespace = 'bench';
const group = '/apis/rbac.authorization.k8s.io/v1';
const object = (kind: string, name: string, more: object) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name, namespace },
  ...more,
});
const binding = (name: string, user: string) =>
  object('RoleBinding', name, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });

const bindingsPath = `${group}/namespaces/${namespace}/rolebindings`;

async function prepare(client: LoadClient): Promise<void> {
  await createNamespace(client, namespace);
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
  await create(client, `${group}/namespaces/${namespace}/roles`, object('Role', 'reader', { rules }));
  await create(client, `/api/v1/namespaces/${namespace}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'one', namespace },
    data: { a: 'b' },
  });
  await create(client, bindingsPath, binding('mine', 'reader'));
}

interface Round {
  readonly p99Ms: number;
  readonly perSecond: number;
  readonly cpuMs: number;
}
async function measureRound(server: Running, client: LoadClient): Promise<Round> {
  const get = () => client.call('GET', `/api/v1/namespaces/${namespace}/configmaps/one`, { headers: { 'impersonate-user': 'reader' } });
  const before = server.cpuMs();
  const { p99Ms, perSecond } = await measure(calls, get, callers);
  return { p99Ms, perSecond, cpuMs: server.cpuMs() - before };
}
const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const middleOf = (results: readonly Round[]): Round => ({
  p99Ms: middle(results.map(({ p99Ms }) => p99Ms)),
  perSecond: middle(results.map(({ perSecond }) => perSecond)),
  cpuMs: middle(results.map(({ cpuMs }) => cpuMs)),
});

export const rbac: Bench = {
  about: 'get by a user whom one of 10,000 bindings allows, against one of few, in turns on two servers',
  bars: { 'p99 longer with 10,000 bindings': { atMost: 10 }, 'CPU of a get, more with 10,000 bindings': { atMost: 10 } },
  async run(server, report, another) {
    const other = await another();
    await using client = new LoadClient(server.target);
    await using otherClient = new LoadClient(other.target);
    await prepare(client);
    await prepare(otherClient);
    await measure(bindings, (index) => create(client, bindingsPath, binding(`other-${index}`, `user-${index}`)));
    // Both have then made as many writes, so that neither is warmer.
    const unrelated = (index: number) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `other-${index}`, namespace } });
    await measure(bindings, (index) => create(otherClient, `/api/v1/namespaces/${namespace}/configmaps`, unrelated(index)));
    const few: Round[] = [];
    const many: Round[] = [];
    for (let round = 0; round < warmUpRounds; round++) {
      await measureRound(other, otherClient);
      await measureRound(server, client);
    }
    const askFew = async () => few.push(await measureRound(other, otherClient));
    const askMany = async () => many.push(await measureRound(server, client));
    for (let round = 0; round < rounds; round++) {
      for (const ask of round % 2 === 0 ? [askFew, askMany] : [askMany, askFew]) await ask();
    }
    report.add({ name: 'get, few bindings', unit: '/s', value: middleOf(few).perSecond, ...middleOf(few) });
    report.add({ name: 'get, 10,000 bindings', unit: '/s', value: middleOf(many).perSecond, ...middleOf(many) });
    const total = (results: readonly Round[]) => results.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
    report.value('CPU of a get, more with 10,000 bindings', '%', (total(many) / total(few) - 1) * 100);
    report.value('p99 longer with 10,000 bindings', '%', (middleOf(many).p99Ms / middleOf(few).p99Ms - 1) * 100);
  },
};
