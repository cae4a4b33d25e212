import type { Clock } from '../../base/clock.ts';
import { formatTime } from '../../api/gotime.ts';
import { type AcceptedPage, acceptedPage, type AcceptHeaders, type PageVersion } from '../negotiate.ts';
import type { Query } from '../options.ts';
import type { Profiles } from '../profiles.ts';
import { versionInfo } from '../version.ts';

export interface DiagnosticsOptions {
  readonly clock: Clock;
  /** Absent: no profiles are made. */
  readonly profiles?: Profiles | undefined;
  /** What this server was configured with, by name. */
  readonly flags: Readonly<Record<string, unknown>>;
}
/** A page as an object, in the form that was asked for. */
export interface StructuredPage {
  readonly object: { readonly kind: string; readonly apiVersion: string } & Readonly<Record<string, unknown>>;
  readonly accepted: AcceptedPage & object;
  /** For versions that are old. */
  readonly warning: string | undefined;
}
export interface DiagnosticAnswer {
  readonly code: number;
  readonly type: string;
  readonly body: string;
}
const plain = 'text/plain; charset=utf-8';
const note =
  'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.';
const page = (name: string, lines: readonly string[]): DiagnosticAnswer => ({
  code: 200,
  type: plain,
  body: `\napiserver ${name}\n${note}\n\n${lines.join('\n')}\n`,
});

/** /statusz, /flagz (KEP-4827, KEP-4828) and /debug/pprof: what people look at when a server behaves oddly. */
export class Diagnostics {
  readonly #options: DiagnosticsOptions;
  readonly #startedMs: number;

  constructor(options: DiagnosticsOptions) {
    this.#options = options;
    this.#startedMs = options.clock.now();
  }
  /** undefined: no such page. */
  async answer(
    path: string,
    headers: AcceptHeaders,
    query: Query,
    signal: AbortSignal,
  ): Promise<DiagnosticAnswer | StructuredPage | undefined> {
    if (path === '/statusz') return this.#page('statusz', acceptedPage(headers, query, 'Statusz'));
    if (path === '/flagz') return this.#page('flagz', acceptedPage(headers, query, 'Flagz'));
    const { profiles } = this.#options;
    if (profiles === undefined || !/^\/debug\/pprof(\/|$)/.test(path)) return undefined;
    const seconds = query.seconds?.[0];
    const profile = await profiles.get(path.slice('/debug/pprof/'.length), seconds === undefined ? undefined : Number(seconds), signal);
    return profile === undefined ? { code: 404, type: plain, body: 'Unknown profile\n' } : { code: 200, ...profile };
  }
  #page(name: 'statusz' | 'flagz', accepted: AcceptedPage): DiagnosticAnswer | StructuredPage {
    if (accepted === 'text') return page(name, name === 'statusz' ? this.#statusLines() : this.#flagLines());
    const { version } = accepted;
    const isOld: Readonly<Record<PageVersion, boolean>> = { v1alpha1: true, v1beta1: false };
    const object = {
      kind: name === 'statusz' ? 'Statusz' : 'Flagz',
      apiVersion: `config.k8s.io/${version}`,
      metadata: { name: 'apiserver' },
      ...(name === 'statusz' ? this.#status() : this.#flags()),
    };
    const warning = `299 - "This version of the ${name} endpoint is deprecated. Please use a newer version."`;
    return { object, accepted, warning: isOld[version] ? warning : undefined };
  }
  #status() {
    return {
      startTime: formatTime(this.#startedMs),
      uptimeSeconds: Math.floor((this.#options.clock.now() - this.#startedMs) / 1000),
      goVersion: versionInfo.goVersion,
      binaryVersion: versionInfo.gitVersion.replace(/^v|\+.*$/g, ''),
      emulationVersion: `${versionInfo.emulationMajor}.${versionInfo.emulationMinor}`,
      paths: ['/flagz', '/healthz', '/livez', '/metrics', '/readyz', '/statusz', '/version'],
    };
  }
  #statusLines(): readonly string[] {
    const { uptimeSeconds, goVersion, binaryVersion, emulationVersion, paths } = this.#status();
    const two = (value: number) => String(value).padStart(2, '0');
    const up = `${Math.floor(uptimeSeconds / 3600)} hr ${two(Math.floor(uptimeSeconds / 60) % 60)} min ${two(uptimeSeconds % 60)} sec`;
    return [
      `Started: ${started(this.#startedMs)}`,
      `Up: ${up}`,
      `Go version: ${goVersion}`,
      `Binary version: ${binaryVersion}`,
      `Emulation version: ${emulationVersion}`,
      `Paths: ${paths.join(' ')}`,
    ];
  }
  #flags(): { readonly flags?: Readonly<Record<string, string>> } {
    const shown = (value: unknown) =>
      Array.isArray(value) ? `[${value.join(',')}]` : typeof value === 'object' ? JSON.stringify(value) : String(value);
    const flags = Object.entries(this.#options.flags).map(([name, value]) => [name, shown(value)] as const);
    return flags.length === 0 ? {} : { flags: Object.fromEntries(flags.sort(([a], [b]) => (a < b ? -1 : 1))) };
  }
  #flagLines(): readonly string[] {
    return Object.entries(this.#flags().flags ?? {}).map(([name, value]) => `${name}=${value}`);
  }
}
/** 'Wed Nov 25 18:20:04 UTC 2026' */
function started(ms: number): string {
  const [day, date, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ') as [string, string, string, string, string];
  return `${day} ${month} ${date.replace(/^0/, ' ')} ${time} UTC ${year}`;
}
