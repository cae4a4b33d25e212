import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { goQuote } from '../../api/go-text.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Backend } from './backend.ts';
import { type AuditEvent, eventText } from './record.ts';

export interface LogOptions {
  /** '-': standard output. */
  readonly path: string;
  readonly format: 'json' | 'legacy';
  /** Of one file, before the next is begun. 0: 100 MB. */
  readonly sizeMaxBytes: number;
  /** Older files are kept this long, and so many of them. 0: without such a limit. */
  readonly ageMaxMs: number;
  readonly backupsMax: number;
  readonly compress: boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

const quoted = (list: readonly string[]): string => list.map(goQuote).join(',');
/** One line of text, as it was before there was JSON. */
export function legacyText(event: AuditEvent): string {
  const { user, impersonatedUser: as } = event;
  const username = user.username ?? '<none>';
  const groups = user.username !== undefined && user.groups !== undefined ? quoted(user.groups) : '<none>';
  const asGroups = as?.groups === undefined ? '<lookup>' : quoted(as.groups);
  const parts: readonly (readonly [string, string])[] = [
    ['id', event.auditID],
    ['stage', event.stage],
    ['ip', event.sourceIPs[0] ?? '<unknown>'],
    ['method', event.verb],
    ['user', username],
    ['groups', groups],
    ['as', as === undefined ? '<self>' : (as.username ?? '')],
    ['asgroups', asGroups],
    ['user-agent', event.userAgent ?? ''],
    ['namespace', event.objectRef?.namespace ?? '<none>'],
    ['uri', event.requestURI],
  ];
  const time = event.requestReceivedTimestamp.replace(/\.?0*Z$/, 'Z');
  const text = parts.map(([name, value]) => `${name}=${goQuote(value)}`).join(' ');
  return `${time} AUDIT: ${text} response="${event.responseStatus?.code ?? '<deferred>'}"`;
}

const textOf = { json: eventText, legacy: legacyText } as const;
/** '2006-01-02T15-04-05.000' */
const stampOf = (ms: number): string => new Date(ms).toISOString().slice(0, -1).replaceAll(':', '-');

/** Appends events to a file, which makes room for a new one when it is full. */
export class LogBackend implements Backend {
  readonly name = 'log';
  readonly #options: LogOptions;
  #fd: number;
  #size: number;
  #tidying: Promise<void> = Promise.resolve();

  /** Throws Error when the file can't be opened. */
  constructor(options: LogOptions) {
    this.#options = options;
    if (options.path === '-') {
      this.#fd = 1;
      this.#size = 0;
      return;
    }
    mkdirSync(dirname(options.path), { recursive: true });
    this.#fd = openSync(options.path, 'a', 0o600);
    this.#size = fstatSync(this.#fd).size;
    this.#tidy();
  }
  take(events: readonly AuditEvent[]): boolean {
    const bytes = Buffer.from(events.map((event) => `${textOf[this.#options.format](event)}\n`).join(''));
    try {
      if (this.#fd !== 1 && this.#size > 0 && this.#size + bytes.byteLength > this.#options.sizeMaxBytes) this.#rotate();
      for (let at = 0; at < bytes.byteLength; ) at += writeSync(this.#fd, bytes, at);
      this.#size += bytes.byteLength;
      return true;
    } catch (error) {
      this.#options.log.error('the audit log could not be written', { path: this.#options.path, error });
      return false;
    }
  }
  #rotate(): void {
    const { path, clock } = this.#options;
    const extension = extname(path);
    closeSync(this.#fd);
    renameSync(path, join(dirname(path), `${basename(path, extension)}-${stampOf(clock.now())}${extension}`));
    this.#fd = openSync(path, 'a', 0o600);
    this.#size = 0;
    this.#tidy();
  }
  #tidy(): void {
    this.#tidying = this.#tidying
      .then(() => this.#tidyNow())
      .catch((error: unknown) => this.#options.log.warn('old audit logs could not be tidied up', { error }));
  }
  /** Removes what is too old or too many, and packs the rest. */
  async #tidyNow(): Promise<void> {
    const { path, backupsMax, ageMaxMs, compress, clock } = this.#options;
    const folder = dirname(path);
    const extension = extname(path);
    const stem = `${basename(path, extension)}-`;
    const stamp = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}/;
    const backups = readdirSync(folder)
      .filter((name) => name.startsWith(stem) && stamp.test(name.slice(stem.length)) && /(\.gz)?$/.test(name))
      .sort()
      .reverse();
    const old = (name: string) => ageMaxMs > 0 && clock.now() - statSync(join(folder, name)).mtimeMs > ageMaxMs;
    for (const [index, name] of backups.entries()) {
      const at = join(folder, name);
      if ((backupsMax > 0 && index >= backupsMax) || old(name)) rmSync(at, { force: true });
      else if (compress && !name.endsWith('.gz')) {
        await pipeline(createReadStream(at), createGzip(), createWriteStream(`${at}.gz`, { mode: 0o600 }));
        rmSync(at, { force: true });
      }
    }
  }
  async close(): Promise<void> {
    await this.#tidying;
    if (this.#fd !== 1) closeSync(this.#fd);
  }
}
