import type { Bench } from '../line.ts';

const settleMs = 5000;
const idleMs = 20_000;

export const start: Bench = {
  about: 'from the start of an empty server to /readyz, its memory then, and what it costs at rest',
  bars: {
    ready: { ratioAtMost: 0.34 },
    'memory, empty': { ratioAtMost: 0.5 },
  },
  async run(server, report) {
    report.add({ name: 'ready', unit: 'ms', value: server.readyMs, cpuMs: server.cpuMs() });
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    report.value('memory, empty', 'MiB', server.memoryMib());
    const before = server.cpuMs();
    await new Promise((resolve) => setTimeout(resolve, idleMs));
    report.value('CPU at rest', '%', ((server.cpuMs() - before) / idleMs) * 100);
  },
};
