import type { Bench } from '../line.ts';
import { LoadClient } from '../load.ts';
import { pod } from './bodies.ts';
import { create, createNamespace } from './prepare.ts';

const count = 30_000;
const namespace = 'bench';
const settleMs = 10_000;

export const memory: Bench = {
  about: 'memory with 30,000 pods',
  bars: { 'memory with 30,000 pods': { ratioAtMost: 0.5 } },
  async run(server, report) {
    await using client = new LoadClient(server.target);
    await createNamespace(client, namespace);
    await report.rate('create of 30,000', count, (index) => create(client, `/api/v1/namespaces/${namespace}/pods`, pod(index, namespace)));
    report.value('memory with 30,000 pods, at once', 'MiB', server.memoryMib());
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    report.value('memory with 30,000 pods', 'MiB', server.memoryMib());
  },
};
