import type { Bar, Bench, Report } from '../line.ts';
import { type CallOptions, LoadClient, measure, type Measurement, whole } from '../load.ts';
import type { Running } from '../peers/running.ts';
import { jsonWire, pod, podName, protobufWire, statusPatch, type Wire } from './bodies.ts';
import { createNamespace, revisionOf } from './prepare.ts';

const podCount = 3000;
const namespace = 'bench';
const pods = `/api/v1/namespaces/${namespace}/pods`;
const watchers = 100;
const fanOutWrites = 300;
/** Enough for a list's metadata. */
const headBytes = 2000;
const writes: Bar = { ratioAtLeast: 1.5 };
const reads: Bar = { ratioAtLeast: 2 };

/** What clients do all day, over 3,000 pods in one representation. */
const operations = (wire: Wire, about: string): Bench => ({
  about,
  bars: {
    create: writes,
    get: reads,
    list: reads,
    'page of 500': reads,
    'patch status': writes,
    'get+update': writes,
    'fan-out to 100': reads,
    delete: writes,
    'memory with 3,000 pods': { ratioAtMost: 0.5 },
  },
  async run(server, report) {
    await using client = new LoadClient(server.target);
    await createNamespace(client, namespace);
    const call = (method: string, path: string, options: CallOptions = {}) =>
      client.call(method, path, { contentType: wire.mediaType, accept: wire.mediaType, ...options });
    const bodies = Array.from({ length: podCount }, (_, index) => wire.encodePod(pod(index, namespace)));
    await report.rate('create', podCount, (index) => call('POST', pods, { body: bodies[index]! }));
    await report.rate('get', podCount * 3, (index) => call('GET', `${pods}/${podName((index * 7919) % podCount)}`));
    await report.rate('list', 60, () => call('GET', pods), 4);
    await pages(report, call);
    await report.rate('patch status', podCount, (index) =>
      call('PATCH', `${pods}/${podName(index)}/status`, {
        body: JSON.stringify(statusPatch(index)),
        contentType: 'application/strategic-merge-patch+json',
      }),
    );
    await report.rate('get+update', podCount, async (index) => {
      const object = wire.decodePod((await call('GET', `${pods}/${podName(index)}`, { keep: whole })).body);
      object.metadata.labels.updated = 'yes';
      await call('PUT', `${pods}/${podName(index)}`, { body: wire.encodePod(object) });
    });
    report.value('memory with 3,000 pods', 'MiB', server.memoryMib());
    await report.timed('fan-out to 100', () =>
      fanOut(client, server, wire, { watchers, writes: fanOutWrites, path: pods, names: podName }),
    );
    await report.rate('delete', podCount, (index) => call('DELETE', `${pods}/${podName(index)}?gracePeriodSeconds=0`));
  },
});

export const json = operations(jsonWire, 'the operations on pods, JSON');
export const protobuf = operations(protobufWire, 'the operations on pods, protobuf');

/** Tokens look alike in both representations: base64 of JSON. */
const tokenPattern = /eyJ[\w+/=-]{20,}/;
async function pages(report: Report, call: (method: string, path: string, options?: CallOptions) => Promise<{ body: Buffer }>) {
  const pagesPerList = podCount / 500;
  let token = '';
  await report.rate('page of 500', 120, async (index) => {
    const from = index % pagesPerList === 0 ? '' : token;
    const query = `limit=500${from === '' ? '' : `&continue=${encodeURIComponent(from)}`}`;
    const { body } = await call('GET', `${pods}?${query}`, { keep: headBytes });
    token = tokenPattern.exec(body.toString('latin1'))?.[0] ?? '';
  });
}

export interface FanOut {
  readonly watchers: number;
  readonly writes: number;
  /** Of the collection that is watched, and names of what is in it. */
  readonly path: string;
  readonly names: (index: number) => string;
}
const settleMs = 500;
/** Events delivered per second, over all watchers; each write changes a label. */
export async function fanOut(
  client: LoadClient,
  server: Running,
  wire: Wire,
  { watchers, writes, path, names }: FanOut,
): Promise<Measurement> {
  await using readers = new LoadClient(server.target, Math.ceil(watchers / 50));
  const revision = await revisionOf(client, path);
  let seen = 0;
  let wanted = watchers * writes;
  let cut = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const open = Array.from({ length: watchers }, () => {
    const count = wire.eventCounter();
    let own = 0;
    const onBytes = (chunk: Buffer) => {
      const more = count(chunk);
      own += more;
      seen += more;
      if (seen >= wanted) resolve();
    };
    // A server may cut readers that fall behind: what they did not see is not waited for, nor counted.
    const onEnd = () => {
      cut++;
      wanted -= writes - own;
      if (seen >= wanted) resolve();
    };
    return readers.watch(`${path}?watch=true&resourceVersion=${revision}`, wire.streamType, onBytes, onEnd);
  });
  await new Promise((done) => setTimeout(done, settleMs));
  const startMs = performance.now();
  const body = JSON.stringify({ metadata: { labels: { round: String(startMs) } } });
  const writing = measure(
    writes,
    (index) => client.call('PATCH', `${path}/${names(index)}`, { body, contentType: 'application/merge-patch+json' }),
    16,
  );
  await Promise.all([writing, promise]);
  const seconds = (performance.now() - startMs) / 1000;
  const perSecond = seen / seconds;
  if (cut > 0) process.stderr.write(`  ${cut} of ${watchers} watches ended early\n`);
  for (const watch of open) watch.close();
  return { ...(await writing), perSecond };
}
