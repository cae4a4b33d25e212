import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, Report, tableOf } from './line.ts';
import { measureNode, type PeerNode } from './node.ts';
import type { Running } from './peers/running.ts';
import { startSkiff } from './peers/skiff.ts';
import { startUpstream } from './peers/upstream.ts';
import { apply } from './sets/apply.ts';
import { custom } from './sets/custom.ts';
import { memory } from './sets/memory.ts';
import { openapi } from './sets/openapi.ts';
import { json, protobuf } from './sets/operations.ts';
import { rbac } from './sets/rbac.ts';
import { start } from './sets/start.ts';
import { watchers } from './sets/watchers.ts';
import { webhooks } from './sets/webhooks.ts';

/**
 * API and store of Skiff beside kube-apiserver and etcd: the same client, TLS, durable writes on both sides, one after the other
 * on this machine, each set on servers just started. `npm run bench -- [SET...] [--alone]`; without a name: start and json.
 * The set `node` asks about the whole, on this machine's containerd.
 */
const sets: Readonly<Record<string, Bench>> = { start, json, protobuf, apply, custom, webhooks, openapi, watchers, rbac, memory };

async function measureOne(label: string, bench: Bench, start: (isSecond: boolean) => Promise<Running | undefined>) {
  const running: Running[] = [];
  const begin = async (isSecond: boolean) => {
    const server = await start(isSecond);
    if (server !== undefined) running.push(server);
    return server;
  };
  try {
    const server = await begin(false);
    if (server === undefined) return undefined;
    const report = new Report(server, label);
    await bench.run(server, report, async () => (await begin(true))!);
    return report.lines;
  } finally {
    for (const server of running) await server.stop();
  }
}
const secondPorts = { port: 28443, etcdPort: 24379 };

const words = process.argv.slice(2);
const valueOf = (flag: string) => words.find((word) => word.startsWith(`--${flag}=`))?.slice(flag.length + 3);
const alone = words.includes('--alone');
const names = words.filter((word) => !word.startsWith('--'));
const unknown = names.filter((name) => !['all', 'node'].includes(name) && !Object.hasOwn(sets, name));
if (unknown.length > 0 || words.includes('--help')) {
  const list = Object.entries(sets).map(([name, { about }]) => `  ${name.padEnd(10)}${about}\n`);
  process.stderr.write(
    `npm run bench -- [SET...|all] [--alone] [--peer=KUBECONFIG --image=NAME --archive=FILE]\n${list.join('')}  node      all of Skiff with its node on this machine, as root; with --peer beside another cluster on it\n  all       every set but node, about 15 minutes\n`,
  );
  process.exit(1);
}
/** `--peer=KUBECONFIG --image=NAME --archive=FILE`: the cluster that `node` is measured beside. */
function peerNode(): PeerNode | undefined {
  const kubeconfig = valueOf('peer');
  const [image, archive] = [valueOf('image'), valueOf('archive')];
  if (kubeconfig === undefined) return undefined;
  if (image === undefined || archive === undefined)
    throw new Error('--peer needs --image=NAME and --archive=FILE: an image that both nodes have');
  return { kubeconfig, image, archive };
}
const dir = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
try {
  const chosen = names.length === 0 ? ['start', 'json'] : names.includes('all') ? Object.keys(sets) : names;
  for (const name of chosen) {
    if (name === 'node') {
      await measureNode(peerNode());
      continue;
    }
    const bench = sets[name]!;
    const place = (side: string, isSecond: boolean) => join(dir, `${name}-${side}${isSecond ? '-2' : ''}`);
    const ours = await measureOne('skiff', bench, (isSecond) => startSkiff(place('skiff', isSecond)));
    const upstream = (isSecond: boolean) => startUpstream(place('upstream', isSecond), isSecond ? secondPorts : {});
    const theirs = alone ? undefined : await measureOne('upstream', bench, upstream);
    if (theirs === undefined && !alone) process.stderr.write('no upstream to compare with: tools of the conformance run build it\n');
    process.stdout.write(`\n### ${name}: ${bench.about}\n\n${tableOf(bench, ours!, theirs)}`);
    for (const one of readdirSync(dir)) rmSync(join(dir, one), { recursive: true });
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exit(0);
