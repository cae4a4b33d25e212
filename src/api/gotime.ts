/** Times and durations as Go prints and reads them: what the API's Time, MicroTime and Duration fields carry. */

const timeLayout = '2006-01-02T15:04:05Z07:00';
const microTimeLayout = '2006-01-02T15:04:05.000000Z07:00';
/** The years from 0 to 9999 in UTC: what has a text. */
const firstMs = -62_167_219_200_000;
const lastMs = 253_402_300_799_999;
const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** '2026-01-02T15:04:05Z'; fractions of a second are cut off. */
export const formatTime = (ms: number): string => `${new Date(Math.floor(ms)).toISOString().slice(0, -5)}Z`;
/** '2026-01-02T15:04:05.123000Z' */
export const formatMicroTime = (ms: number): string =>
  `${new Date(Math.floor(ms)).toISOString().slice(0, -1)}${String(Math.floor((ms - Math.floor(ms)) * 1000)).padStart(3, '0')}Z`;

const quoted = (text: string) => JSON.stringify(text);

class TimeReader {
  readonly #text: string;
  readonly #layout: string;
  at = 0;
  constructor(text: string, layout: string) {
    this.#text = text;
    this.#layout = layout;
  }
  cannot(element: string): never {
    const rest = quoted(this.#text.slice(this.at));
    throw new Error(`parsing time ${quoted(this.#text)} as ${quoted(this.#layout)}: cannot parse ${rest} as ${quoted(element)}`);
  }
  outOfRange(what: string): never {
    throw new Error(`parsing time ${quoted(this.#text)}: ${what} out of range`);
  }
  extra(): never {
    throw new Error(`parsing time ${quoted(this.#text)}: extra text: ${quoted(this.#text.slice(this.at))}`);
  }
  get peek(): string {
    return this.#text.charAt(this.at);
  }
  get done(): boolean {
    return this.at >= this.#text.length;
  }
  digits(count: number, element: string): number {
    const part = this.#text.slice(this.at, this.at + count);
    if (part.length !== count || !/^\d+$/.test(part)) this.cannot(element);
    this.at += count;
    return Number(part);
  }
  /** Go takes one digit here, too. */
  hour(): number {
    const part = /^\d{1,2}/.exec(this.#text.slice(this.at, this.at + 2))?.[0] ?? '';
    if (part === '') this.cannot('15');
    this.at += part.length;
    return Number(part);
  }
  literal(expected: string): void {
    if (this.peek !== expected) this.cannot(expected);
    this.at++;
  }
  micros(): string {
    const part = this.#text.slice(this.at, this.at + 7);
    if (!/^\.\d{6}$/.test(part)) this.cannot('.000000');
    this.at += 7;
    return part.slice(1);
  }
  run(): string {
    const start = this.at;
    while (/\d/.test(this.peek)) this.at++;
    return this.#text.slice(start, this.at);
  }
}

function readZone(reader: TimeReader): number {
  if (reader.peek === 'Z') {
    reader.at++;
    return 0;
  }
  const sign = reader.peek;
  if (sign !== '+' && sign !== '-') reader.cannot('Z07:00');
  reader.at++;
  const hours = reader.digits(2, 'Z07:00');
  reader.literal(':');
  const minutes = reader.digits(2, 'Z07:00');
  if (hours > 24) reader.outOfRange('time zone offset hour');
  if (minutes > 59) reader.outOfRange('time zone offset minute');
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

interface Instant {
  readonly ms: number;
  /** 0-999, beyond the millisecond. */
  readonly micros: number;
}

function readTime(text: string, micro: boolean): Instant {
  const reader = new TimeReader(text, micro ? microTimeLayout : timeLayout);
  const year = reader.digits(4, '2006');
  reader.literal('-');
  const month = reader.digits(2, '01');
  if (month < 1 || month > 12) reader.outOfRange('month');
  reader.literal('-');
  const day = reader.digits(2, '02');
  reader.literal('T');
  const hour = reader.hour();
  if (hour > 23) reader.outOfRange('hour');
  reader.literal(':');
  const minute = reader.digits(2, '04');
  if (minute > 59) reader.outOfRange('minute');
  reader.literal(':');
  const second = reader.digits(2, '05');
  if (second > 59) reader.outOfRange('second');
  let fraction = '';
  if (micro) {
    fraction = reader.micros();
  } else if (reader.peek === '.' || reader.peek === ',') {
    reader.at++;
    fraction = reader.run();
    if (fraction === '') {
      reader.at--;
      reader.cannot('Z07:00');
    }
  }
  const offsetMs = readZone(reader);
  if (!reader.done) reader.extra();
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (day < 1 || day > monthDays[month - 1]! || (month === 2 && day === 29 && !leap)) reader.outOfRange('day');
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, 0);
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'));
  const ms = date.getTime() - offsetMs + Math.floor(micros / 1000);
  // Go takes it, and prints what it then can't read.
  if (ms < firstMs || ms > lastMs) reader.outOfRange('year');
  return { ms, micros: micros % 1000 };
}

const attempt = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};
const plainDay = String.raw`\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)`;
const plainHour = String.raw`T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d`;
/** Text that is already what `formatTime` prints; the days of leap years are told the long way. */
const plainTime = new RegExp(`^${plainDay}${plainHour}Z$`);
const plainMicroTime = new RegExp(String.raw`^${plainDay}${plainHour}\.\d{6}Z$`);

/** Milliseconds since the epoch of an RFC 3339 text; undefined when it is none. */
export function parseTime(text: string): number | undefined {
  return plainTime.test(text) ? Date.parse(text) : attempt(() => readTime(text, false).ms);
}
/** The text as the API stores it: UTC, whole seconds. Throws an Error in the words of Go's time.Parse. */
export function canonicalTime(text: string): string {
  return plainTime.test(text) ? text : formatTime(readTime(text, false).ms);
}
/** The text as the API stores it: UTC, six decimals, which are required. Throws an Error in the words of Go's time.Parse. */
export function canonicalMicroTime(text: string): string {
  if (plainMicroTime.test(text)) return text;
  const { ms, micros } = readTime(text, true);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
/** As `canonicalTime`; undefined for what is no time. */
export const normalizeTime = (text: string): string | undefined => attempt(() => canonicalTime(text));

const unitNanos: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const longestDuration = 2n ** 63n;

/** Nanoseconds of a Go duration ('1h30m', '-1.5s', '300ms'). Throws an Error in the words of Go's time.ParseDuration. */
export function parseDurationNanos(text: string): bigint {
  const wrong = (): never => {
    throw new Error(`time: invalid duration ${quoted(text)}`);
  };
  const negative = text.startsWith('-');
  let rest = /^[+-]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') wrong();
  let total = 0n;
  while (rest !== '') {
    const number = /^(\d*)(?:\.(\d*))?/.exec(rest)!;
    const whole = number[1] ?? '';
    const fraction = number[2] ?? '';
    if (whole === '' && fraction === '') wrong();
    rest = rest.slice(number[0].length);
    const unit = /^[^\d.]+/.exec(rest)?.[0];
    if (unit === undefined) throw new Error(`time: missing unit in duration ${quoted(text)}`);
    const nanos = Object.hasOwn(unitNanos, unit) ? unitNanos[unit]! : undefined;
    if (nanos === undefined) throw new Error(`time: unknown unit ${quoted(unit)} in duration ${quoted(text)}`);
    rest = rest.slice(unit.length);
    if (whole.length > 20) wrong();
    const digits = fraction.slice(0, 18);
    total += BigInt(whole === '' ? 0 : whole) * nanos;
    if (digits !== '') total += (BigInt(digits) * nanos) / 10n ** BigInt(digits.length);
    if (total > longestDuration) wrong();
  }
  if (!negative && total === longestDuration) wrong();
  return negative ? -total : total;
}

const decimal = (value: bigint, unit: bigint): string => {
  const width = String(unit).length - 1;
  const fraction = (value % unit).toString().padStart(width, '0').replace(/0+$/, '');
  return `${value / unit}${fraction === '' ? '' : `.${fraction}`}`;
};

/** Nanoseconds as Go's Duration.String prints them: '1h30m0s', '1.5s', '300ms', '0s'. */
export function formatDurationNanos(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const left = nanos < 0n ? -nanos : nanos;
  if (left < 1_000n) return `${sign}${left}ns`;
  if (left < 1_000_000n) return `${sign}${decimal(left, 1_000n)}µs`;
  if (left < 1_000_000_000n) return `${sign}${decimal(left, 1_000_000n)}ms`;
  const minutes = left / 60_000_000_000n;
  const seconds = `${decimal(left % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return `${sign}${seconds}`;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}
/** As Go prints a duration of so many milliseconds: '1h15m30.5s', '0s', '350ms'. */
export const formatDuration = (ms: number): string => formatDurationNanos(BigInt(Math.round(ms * 1e6)));
/** The text as the API stores it. Throws as `parseDurationNanos` does. */
export const canonicalDuration = (text: string): string => formatDurationNanos(parseDurationNanos(text));

const pair = (first: number, firstUnit: string, second: number, secondUnit: string) =>
  second === 0 ? `${first}${firstUnit}` : `${first}${firstUnit}${second}${secondUnit}`;

/** An age in two or three significant figures, as kubectl shows it: '5s', '3m12s', '4h5m', '2d3h', '5y'. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`;
}
