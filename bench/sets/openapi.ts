import type { Bench } from '../line.ts';
import { LoadClient, whole } from '../load.ts';

export const openapi: Bench = {
  about: 'OpenAPI v3: all documents of a server just started, then again',
  bars: {
    'all documents, first time': { ratioAtMost: 1 },
    'start to all documents, CPU': { ratioAtMost: 1 },
    'one document': { ratioAtLeast: 1 },
  },
  async run(server, report) {
    await using client = new LoadClient(server.target);
    await server.longest?.();
    const cpuBefore = server.cpuMs();
    const startMs = performance.now();
    const { body } = await client.call('GET', '/openapi/v3', { keep: whole });
    const { paths } = JSON.parse(body.toString()) as { paths: Record<string, { serverRelativeURL: string }> };
    const urls = Object.values(paths).map(({ serverRelativeURL }) => serverRelativeURL);
    for (const url of urls) await client.call('GET', url);
    const value = performance.now() - startMs;
    const cpuMs = server.cpuMs() - cpuBefore;
    const longest = await server.longest?.();
    report.add({ name: 'all documents, first time', unit: 'ms', value, cpuMs, ...(longest === undefined ? {} : { longest }) });
    report.value('start to all documents, CPU', 'ms', server.cpuMs());
    await report.rate('one document', 500, (index) => client.call('GET', urls[index % urls.length]!), 4);
    await report.rate('discovery, aggregated', 500, () =>
      client.call('GET', '/apis', { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }),
    );
  },
};
