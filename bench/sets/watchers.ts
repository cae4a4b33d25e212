import type { Bench } from '../line.ts';
import { LoadClient, measure } from '../load.ts';
import { jsonWire, pod, podName } from './bodies.ts';
import { fanOut } from './operations.ts';
import { create, createNamespace } from './prepare.ts';

const namespace = 'bench';
const path = `/api/v1/namespaces/${namespace}/pods`;
const writes = 60;

export const watchers: Bench = {
  about: '1,000 watchers of one collection',
  bars: { 'fan-out to 1,000': { ratioAtLeast: 2 } },
  async run(server, report) {
    await using client = new LoadClient(server.target);
    await createNamespace(client, namespace);
    await measure(writes, (index) => create(client, path, pod(index, namespace)));
    await report.timed('fan-out to 1,000', () => fanOut(client, server, jsonWire, { watchers: 1000, writes, path, names: podName }));
    report.value('memory after 1,000 watchers', 'MiB', server.memoryMib());
  },
};
