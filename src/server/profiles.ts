import type { Session } from 'node:inspector/promises';
import type { Clock } from '../base/clock.ts';
import { StatusError } from '../api/status.ts';

/** Profiles of this process, on demand, as Node gives them: load them into a browser's developer tools. */
export interface ProfileAnswer {
  readonly type: string;
  readonly body: string;
}
const defaultSeconds = 30;
const longestSeconds = 300;
const samplingBytes = 64 * 1024;

const kinds = {
  profile: 'Where processor time goes, for ?seconds=N: a .cpuprofile',
  heap: 'What allocates memory that is still used, for ?seconds=N: a .heapprofile',
  cmdline: 'The command line of this process',
} as const;

/** Only one at a time: a profile costs time while it is made. */
export class Profiles {
  readonly #clock: Clock;
  #isBusy = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }
  /** What is below /debug/pprof/; undefined: no such profile. Throws StatusError when another one is being made. */
  async get(name: string, seconds: number | undefined, signal: AbortSignal): Promise<ProfileAnswer | undefined> {
    switch (name) {
      case '':
        return { type: 'text/html; charset=utf-8', body: index() };
      case 'cmdline':
        return { type: 'text/plain; charset=utf-8', body: process.argv.join('\0') };
      case 'profile':
        return json(await this.#sampled(seconds ?? defaultSeconds, signal, cpuProfile));
      case 'heap':
        return json(await this.#sampled(seconds ?? 1, signal, heapProfile));
      default:
        return undefined;
    }
  }
  async #sampled(seconds: number, signal: AbortSignal, sample: Sample): Promise<object> {
    if (this.#isBusy) throw new StatusError(500, '', 'Could not enable profiling: profiling already in use');
    if (!(seconds > 0 && seconds <= longestSeconds))
      throw new StatusError(400, 'BadRequest', `seconds must be more than 0 and at most ${longestSeconds}`);
    this.#isBusy = true;
    // Loaded on demand: few ever ask.
    const inspector = await import('node:inspector/promises');
    const session = new inspector.Session();
    session.connect();
    try {
      return await sample(session, () => this.#clock.sleep(seconds * 1000, signal));
    } finally {
      session.disconnect();
      this.#isBusy = false;
    }
  }
}
type Sample = (session: Session, wait: () => Promise<void>) => Promise<object>;

const cpuProfile: Sample = async (session, wait) => {
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await wait().catch(() => undefined);
  return (await session.post('Profiler.stop')).profile;
};
const heapProfile: Sample = async (session, wait) => {
  await session.post('HeapProfiler.startSampling', { samplingInterval: samplingBytes });
  await wait().catch(() => undefined);
  return (await session.post('HeapProfiler.stopSampling')).profile;
};
const json = (body: object): ProfileAnswer => ({ type: 'application/json', body: JSON.stringify(body) });
const index = (): string =>
  `<html><head><title>/debug/pprof/</title></head><body><h1>/debug/pprof/</h1><ul>${Object.entries(kinds)
    .map(([name, text]) => `<li><a href="${name}">${name}</a>: ${text}</li>`)
    .join('')}</ul></body></html>\n`;
