import type { Clock } from '../../base/clock.ts';
import { StatusError } from '../../api/status.ts';
import { versionInfo } from '../version.ts';
import type { Query } from '../options.ts';
import type { Profiles } from '../profiles.ts';

export interface DiagnosticsOptions {
  readonly clock: Clock;
  /** Absent: no profiles are made. */
  readonly profiles?: Profiles | undefined;
  /** What this server was configured with, by name. */
  readonly flags: Readonly<Record<string, unknown>>;
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
  async answer(path: string, accept: string, query: Query, signal: AbortSignal): Promise<DiagnosticAnswer | undefined> {
    if (path === '/statusz' || path === '/flagz') {
      if (!takesText(accept)) return refusal(accept);
      return path === '/statusz' ? page('statusz', this.#status()) : page('flagz', this.#flags());
    }
    const { profiles } = this.#options;
    if (profiles === undefined || !/^\/debug\/pprof(\/|$)/.test(path)) return undefined;
    const seconds = query.seconds?.[0];
    const profile = await profiles.get(path.slice('/debug/pprof/'.length), seconds === undefined ? undefined : Number(seconds), signal);
    return profile === undefined ? { code: 404, type: plain, body: 'Unknown profile\n' } : { code: 200, ...profile };
  }
  #status(): readonly string[] {
    const upSeconds = Math.floor((this.#options.clock.now() - this.#startedMs) / 1000);
    const two = (value: number) => String(value).padStart(2, '0');
    const up = `${Math.floor(upSeconds / 3600)} hr ${two(Math.floor(upSeconds / 60) % 60)} min ${two(upSeconds % 60)} sec`;
    return [
      `Started: ${started(this.#startedMs)}`,
      `Up: ${up}`,
      `Go version: ${versionInfo.goVersion}`,
      `Binary version: ${versionInfo.gitVersion.replace(/^v|\+.*$/g, '')}`,
      `Emulation version: ${versionInfo.emulationMajor}.${versionInfo.emulationMinor}`,
      'Paths: /flagz /healthz /livez /metrics /readyz /statusz /version',
    ];
  }
  #flags(): readonly string[] {
    const shown = (value: unknown) =>
      Array.isArray(value) ? `[${value.join(',')}]` : typeof value === 'object' ? JSON.stringify(value) : String(value);
    return Object.entries(this.#options.flags)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${shown(value)}`);
  }
}
/** 'Wed Nov 25 18:20:04 UTC 2026' */
function started(ms: number): string {
  const [day, date, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ') as [string, string, string, string, string];
  return `${day} ${month} ${date.replace(/^0/, ' ')} ${time} UTC ${year}`;
}
const takesText = (accept: string): boolean =>
  accept === '' || accept.split(',').some((range) => /^\s*(\*\/\*|text\/\*|text\/plain)\s*(;|$)/.test(range));
/** Throws it for those who read objects; for others it is laid out for people. */
function refusal(accept: string): DiagnosticAnswer {
  const error = new StatusError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, text/plain',
  );
  if (/\bapplication\/(json|yaml)\b/.test(accept)) throw error;
  return { code: 406, type: 'application/json', body: JSON.stringify(error.toStatus(), null, 2) };
}
