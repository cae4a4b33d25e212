import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Measurement } from './load.ts';
import { startUpstream, type Running } from './peer.ts';
import { startSkiff } from './skiff.ts';
import { operations, podCount, prepare, run, type Operation } from './workload.ts';

/**
 * API and store of Skiff beside kube-apiserver and etcd: the same client, TLS, durable writes on both sides, one after the other
 * on this machine. What counts is the last column.
 */
interface Result {
  readonly readyMs: number;
  readonly emptyMib: number;
  readonly fullMib: number;
  readonly rates: Map<Operation, Measurement>;
  /** CPU time of the server from the operation before to this one. */
  readonly cpuMs: Map<Operation, number>;
}

async function measureOne(name: string, running: Running): Promise<Result> {
  const rates = new Map<Operation, Measurement>();
  const cpuMs = new Map<Operation, number>();
  let fullMib = 0;
  try {
    const emptyMib = running.memoryMib();
    await prepare(running.target);
    let cpuBefore = running.cpuMs();
    await run(running.target, (operation, result) => {
      rates.set(operation, result);
      cpuMs.set(operation, running.cpuMs() - cpuBefore);
      cpuBefore = running.cpuMs();
      if (operation === 'get+update') fullMib = running.memoryMib();
      process.stderr.write(`  ${name}: ${operation} ${result.perSecond.toFixed(0)}/s, p99 ${result.p99Ms.toFixed(0)} ms\n`);
    });
    return { readyMs: running.readyMs, emptyMib, fullMib, rates, cpuMs };
  } finally {
    await running.stop();
  }
}

const dir = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
try {
  const skiff = await measureOne('skiff', await startSkiff(join(dir, 'skiff')));
  const upstream = process.argv.includes('--alone') ? undefined : await startUpstream(join(dir, 'upstream'));
  if (upstream === undefined) process.stderr.write('no upstream to compare with: tools of the conformance run build it\n');
  const peer = upstream === undefined ? undefined : await measureOne('upstream', upstream);
  const row = (what: string, ours: number, theirs: number | undefined, ratio: number | undefined, digits = 0) =>
    process.stdout.write(
      `${what.padEnd(28)}${ours.toFixed(digits).padStart(10)}${(theirs?.toFixed(digits) ?? '-').padStart(12)}${(ratio === undefined ? '-' : `${ratio.toFixed(2)}x`).padStart(9)}\n`,
    );
  process.stdout.write(
    `${`${podCount} pods, JSON, 32 callers`.padEnd(28)}${'skiff'.padStart(10)}${'upstream'.padStart(12)}${'ratio'.padStart(9)}\n`,
  );
  for (const operation of operations) {
    const ours = skiff.rates.get(operation)!.perSecond;
    const theirs = peer?.rates.get(operation)?.perSecond;
    row(`${operation} (per second)`, ours, theirs, theirs === undefined ? undefined : ours / theirs);
  }
  for (const operation of operations) {
    const ours = skiff.cpuMs.get(operation)!;
    const theirs = peer?.cpuMs.get(operation);
    row(`CPU of ${operation} (ms)`, ours, theirs, theirs === undefined ? undefined : ours / theirs);
  }
  row('ready (ms)', skiff.readyMs, peer?.readyMs, peer && skiff.readyMs / peer.readyMs);
  row('memory empty (MiB)', skiff.emptyMib, peer?.emptyMib, peer && skiff.emptyMib / peer.emptyMib);
  row('memory full (MiB)', skiff.fullMib, peer?.fullMib, peer && skiff.fullMib / peer.fullMib);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exit(0);
