export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: one message in plain words, with fields. Never log secrets, tokens or request bodies. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with fields added to every line. */
  with(fields: LogFields): Logger;
}

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

function plain(value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value;
}

/** Writes JSON lines `{time, level, message, ...fields}` through `write`, from `level` upwards. */
export function createLogger(write: (line: string) => void, now: () => number, level: LogLevel = 'info', bound: LogFields = {}): Logger {
  const emit = (at: LogLevel) => (message: string, fields?: LogFields) => {
    if (order.indexOf(at) < order.indexOf(level)) return;
    const record: Record<string, unknown> = { time: new Date(now()).toISOString(), level: at, message };
    for (const [key, value] of Object.entries({ ...bound, ...fields })) record[key] = plain(value);
    write(`${JSON.stringify(record)}\n`);
  };
  return {
    debug: emit('debug'),
    info: emit('info'),
    warn: emit('warn'),
    error: emit('error'),
    with: (fields) => createLogger(write, now, level, { ...bound, ...fields }),
  };
}

const nothing = () => undefined;
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, with: () => silentLogger };
