import type { Bench } from '../line.ts';
import { json, LoadClient, measure } from '../load.ts';
import { pod } from './bodies.ts';
import { create, createNamespace } from './prepare.ts';

const configurations = 100;
const perRound = 1000;
const rounds = 6;
const path = (kind: string) => `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`;

/** Half of them mutating; their rules are about what nobody creates. */
const configuration = (index: number) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: index % 2 === 0 ? 'ValidatingWebhookConfiguration' : 'MutatingWebhookConfiguration',
  metadata: { name: `hook-${index}` },
  webhooks: [
    {
      name: `hook-${index}.example.org`,
      clientConfig: { url: `https://127.0.0.1:1/${index}` },
      rules: [{ apiGroups: ['example.org'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: [`things-${index}`] }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
});
const pathOf = (index: number) => path(index % 2 === 0 ? 'validating' : 'mutating');

export const webhooks: Bench = {
  about: 'create with 100 webhook configurations of which none matches, against none configured, in turns on the same server',
  bars: { 'slower with 100 webhooks, by CPU': { atMost: 5 } },
  async run(server, report) {
    await using client = new LoadClient(server.target);
    const cpu = { without: [] as number[], with: [] as number[] };
    const rate = { without: [] as number[], with: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      for (const side of ['without', 'with'] as const) {
        if (side === 'with') for (let index = 0; index < configurations; index++) await create(client, pathOf(index), configuration(index));
        const namespace = `bench-${side}-${round}`;
        await createNamespace(client, namespace);
        const bodies = Array.from({ length: perRound }, (_, index) => JSON.stringify(pod(index, namespace)));
        const before = server.cpuMs();
        const { perSecond } = await measure(perRound, (index) =>
          client.call('POST', `/api/v1/namespaces/${namespace}/pods`, { body: bodies[index]!, contentType: json }),
        );
        // The first round warms up.
        if (round > 0) {
          cpu[side].push(server.cpuMs() - before);
          rate[side].push(perSecond);
        }
        if (side === 'with')
          for (let index = 0; index < configurations; index++) await client.call('DELETE', `${pathOf(index)}/hook-${index}`);
      }
    }
    const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
    report.value('create, no webhooks', '/s', median(rate.without));
    report.value('create, 100 webhooks', '/s', median(rate.with));
    report.value('slower with 100 webhooks, by CPU', '%', (median(cpu.with) / median(cpu.without) - 1) * 100);
  },
};
