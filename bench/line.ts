import { measure } from './load.ts';
import type { Longest, Running } from './peers/running.ts';

/** What one line of the table is held to: by its ratio to upstream, or by itself. */
export interface Bar {
  readonly ratioAtLeast?: number;
  readonly ratioAtMost?: number;
  readonly atMost?: number;
}
/** One question to both servers. */
export interface Bench {
  /** What the set asks, in a line. */
  readonly about: string;
  readonly bars: Readonly<Record<string, Bar>>;
  /** `another` starts a second server of the same kind, for two states that are measured in turns. */
  run(server: Running, report: Report, another: () => Promise<Running>): Promise<void>;
}
export interface Line {
  readonly name: string;
  readonly unit: '/s' | 'ms' | 'MiB' | '%';
  readonly value: number;
  readonly p99Ms?: number;
  /** CPU time of the server meanwhile. */
  readonly cpuMs?: number;
  readonly longest?: Longest;
}

/** Collects the lines of one set from one server. */
export class Report {
  readonly lines: Line[] = [];
  readonly #server: Running;
  readonly #label: string;
  constructor(server: Running, label: string) {
    this.#server = server;
    this.#label = label;
  }
  add(line: Line): void {
    this.lines.push(line);
    const more = line.p99Ms === undefined ? '' : `, p99 ${line.p99Ms.toFixed(1)} ms`;
    process.stderr.write(`  ${this.#label}: ${line.name} ${shown(line.value)} ${line.unit}${more}\n`);
  }
  value(name: string, unit: Line['unit'], value: number): void {
    this.add({ name, unit, value });
  }
  /** What `work` says happened per second, and what it cost the server. */
  async timed(name: string, work: () => Promise<{ readonly perSecond: number; readonly p99Ms: number }>): Promise<void> {
    await this.#server.longest?.();
    const cpuBefore = this.#server.cpuMs();
    const { perSecond, p99Ms } = await work();
    const cpuMs = this.#server.cpuMs() - cpuBefore;
    const longest = await this.#server.longest?.();
    this.add({ name, unit: '/s', value: perSecond, p99Ms, cpuMs, ...(longest === undefined ? {} : { longest }) });
  }
  /** `count` calls, by 32 callers unless told otherwise. */
  rate(name: string, count: number, work: (index: number) => Promise<unknown>, concurrency?: number): Promise<void> {
    return this.timed(name, () => measure(count, work, concurrency));
  }
}

const shown = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);

function verdict(bar: Bar | undefined, line: Line, ratio: number | undefined): string {
  if (bar === undefined) return '';
  const held = (holds: boolean) => (holds ? 'holds' : '**missed**');
  if (bar.atMost !== undefined) return `≤ ${bar.atMost} ${line.unit}: ${held(line.value <= bar.atMost)}`;
  if (bar.ratioAtLeast !== undefined) return `≥ ${bar.ratioAtLeast}x${ratio === undefined ? '' : `: ${held(ratio >= bar.ratioAtLeast)}`}`;
  return `≤ ${bar.ratioAtMost}x${ratio === undefined ? '' : `: ${held(ratio <= bar.ratioAtMost!)}`}`;
}

/** Markdown of a set's lines; ratios are Skiff's figure by upstream's. */
export function tableOf(bench: Bench, ours: readonly Line[], theirs: readonly Line[] | undefined): string {
  const rows = ours.map((line) => {
    const peer = theirs?.find(({ name }) => name === line.name);
    const ratio = peer === undefined ? undefined : line.value / peer.value;
    const both = (of: (one: Line) => number | undefined) =>
      [of(line), peer && of(peer)].map((value) => (value === undefined ? '-' : shown(value)));
    const cpu = line.cpuMs !== undefined && peer?.cpuMs ? `${shown(peer.cpuMs / line.cpuMs)}x` : '-';
    return [
      `${line.name} (${line.unit})`,
      ...both(({ value }) => value),
      ratio === undefined ? '-' : `${shown(ratio)}x`,
      cpu,
      both(({ p99Ms }) => p99Ms).join(' / '),
      line.longest === undefined ? '-' : `${shown(line.longest.turnMs)} / ${shown(line.longest.pauseMs)}`,
      verdict(bench.bars[line.name], line, ratio),
    ];
  });
  const head = ['', 'Skiff', 'upstream', 'ratio', 'by CPU', 'p99 ms', 'longest turn / GC ms', 'bar'];
  return [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
