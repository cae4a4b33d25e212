import { parseDurationNanos } from '../../../api/gotime.ts';
import { isTimeZone, timeOfWall, wallTime, type WallTime } from './time-zone.ts';

/** Schedules in the standard cron format of robfig/cron v3: five fields, or '@hourly', '@every 1h30m'; 'TZ=' and 'CRON_TZ=' before them. */
export interface CronSchedule {
  /** The first time after `afterMs`, in whole seconds; undefined when there is none within five years. */
  next(afterMs: number): number | undefined;
}

/** The values that match; `any` when the field was '*' or '?'. */
interface Matches {
  readonly values: ReadonlySet<number>;
  readonly any: boolean;
}
interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}
const minutes: Bounds = { low: 0, high: 59 };
const hours: Bounds = { low: 0, high: 23 };
const days: Bounds = { low: 1, high: 31 };
const months: Bounds = { low: 1, high: 12, names: ['', ...'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')] };
const weekdays: Bounds = { low: 0, high: 6, names: 'sun mon tue wed thu fri sat'.split(' ') };
const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const yearsAhead = 5;

function parseNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw new Error(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const number = Number(text);
  if (Math.abs(number) > 2 ** 63)
    throw new Error(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`);
  if (number < 0) throw new Error(`negative number (${number}) not allowed: ${text}`);
  return number;
}
function parseNumberOrName(text: string, { names }: Bounds): number {
  const named = text === '' ? -1 : (names?.indexOf(text.toLowerCase()) ?? -1);
  return named >= 0 ? named : parseNumber(text);
}

/** One range, as in '1-5/2'. */
function parseRange(text: string, bounds: Bounds): Matches {
  const [range, stepText, ...slashes] = text.split('/') as [string, string?, ...string[]];
  const [first, last, ...hyphens] = range.split('-') as [string, string?, ...string[]];
  const star = first === '*' || first === '?';
  let [low, high] = [bounds.low, bounds.high];
  if (!star) {
    low = parseNumberOrName(first, bounds);
    if (hyphens.length > 0) throw new Error(`too many hyphens: ${text}`);
    high = last === undefined ? low : parseNumberOrName(last, bounds);
  }
  if (slashes.length > 0) throw new Error(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  if (stepText !== undefined && last === undefined) high = bounds.high;
  if (low < bounds.low) throw new Error(`beginning of range (${low}) below minimum (${bounds.low}): ${text}`);
  if (high > bounds.high) throw new Error(`end of range (${high}) above maximum (${bounds.high}): ${text}`);
  if (low > high) throw new Error(`beginning of range (${low}) beyond end of range (${high}): ${text}`);
  if (step === 0) throw new Error(`step of range should be a positive number: ${text}`);
  const values = new Set<number>();
  for (let value = low; value <= high; value += step) values.add(value);
  return { values, any: star && step === 1 };
}
function parseField(text: string, bounds: Bounds): Matches {
  const ranges = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => parseRange(part, bounds));
  return { values: new Set(ranges.flatMap(({ values }) => [...values])), any: ranges.some(({ any }) => any) };
}

/** A time on its way to the next match. */
class Cursor {
  ms: number;
  readonly zone: string;
  /** Smaller units were set to their beginning already. */
  #moved = false;
  constructor(ms: number, zone: string) {
    this.ms = ms;
    this.zone = zone;
  }
  get wall(): WallTime {
    return wallTime(this.ms, this.zone);
  }
  /** The first time, goes to the beginning of the unit it stands in; later it is there already. */
  begin(start: (wall: WallTime) => number): void {
    if (!this.#moved) this.ms = start(this.wall);
    this.#moved = true;
  }
  /** A day that begins at one o'clock, or at eleven the day before, since its midnight was skipped. */
  toMidnight(): void {
    const { hour } = this.wall;
    if (hour !== 0) this.ms += hour > 12 ? (24 - hour) * hourMs : -hour * hourMs;
  }
}

/** Each step goes to the next match of one unit; false: that led into the next larger unit, so all are looked at again. */
class FieldSchedule implements CronSchedule {
  readonly #minute: Matches;
  readonly #hour: Matches;
  readonly #day: Matches;
  readonly #month: Matches;
  readonly #weekday: Matches;
  readonly #zone: string;
  constructor(fields: readonly string[], zone: string) {
    this.#minute = parseField(fields[0]!, minutes);
    this.#hour = parseField(fields[1]!, hours);
    this.#day = parseField(fields[2]!, days);
    this.#month = parseField(fields[3]!, months);
    this.#weekday = parseField(fields[4]!, weekdays);
    this.#zone = zone;
  }
  next(afterMs: number): number | undefined {
    const at = new Cursor(Math.floor(afterMs / secondMs) * secondMs + secondMs, this.#zone);
    const lastYear = at.wall.year + yearsAhead;
    while (at.wall.year <= lastYear) {
      if (this.#toMonth(at) && this.#toDay(at) && this.#toHour(at) && this.#toMinute(at)) return at.ms;
    }
    return undefined;
  }
  #toMonth(at: Cursor): boolean {
    while (!this.#month.values.has(at.wall.month)) {
      at.begin(({ year, month }) => timeOfWall(at.zone, year, month, 1));
      const { year, month, day } = at.wall;
      at.ms = timeOfWall(at.zone, year, month + 1, day);
      if (at.wall.month === 1) return false;
    }
    return true;
  }
  #toDay(at: Cursor): boolean {
    while (!this.#isDay(at.wall)) {
      at.begin(({ year, month, day }) => timeOfWall(at.zone, year, month, day));
      const { year, month, day } = at.wall;
      at.ms = timeOfWall(at.zone, year, month, day + 1);
      at.toMidnight();
      if (at.wall.day === 1) return false;
    }
    return true;
  }
  /** Day of the month and weekday must both match if one of them is '*', else one of them is enough. */
  #isDay({ day, weekday }: WallTime): boolean {
    const [byDay, byWeekday] = [this.#day.values.has(day), this.#weekday.values.has(weekday)];
    return this.#day.any || this.#weekday.any ? byDay && byWeekday : byDay || byWeekday;
  }
  #toHour(at: Cursor): boolean {
    while (!this.#hour.values.has(at.wall.hour)) {
      at.begin(({ year, month, day, hour }) => timeOfWall(at.zone, year, month, day, hour));
      at.ms += hourMs;
      if (at.wall.hour === 0) return false;
    }
    return true;
  }
  #toMinute(at: Cursor): boolean {
    while (!this.#minute.values.has(at.wall.minute)) {
      at.begin(() => Math.floor(at.ms / minuteMs) * minuteMs);
      at.ms += minuteMs;
      if (at.wall.minute === 0) return false;
    }
    if (at.wall.second === 0) return true;
    at.begin(() => at.ms);
    at.ms += (60 - at.wall.second) * secondMs;
    return false;
  }
}

/** In the zone that the text names, else in `zone`. Throws an Error in upstream's words. */
export function parseCronSchedule(text: string, zone = 'UTC'): CronSchedule {
  if (text === '') throw new Error('empty spec string');
  let spec = text;
  let ownZone = zone;
  if (/^(CRON_)?TZ=/.test(text)) {
    const space = text.indexOf(' ');
    const from = text.indexOf('=') + 1;
    if (space < 0) throw new Error(`invalid schedule format: runtime error: slice bounds out of range [:-1]`);
    const named = text.slice(from, space) || 'UTC';
    if (named !== 'Local' && !isTimeZone(named)) throw new Error(`provided bad location ${named}: unknown time zone ${named}`);
    if (named !== 'Local') ownZone = named;
    spec = text.slice(space).trim();
  }
  if (spec.startsWith('@every ')) return every(spec);
  if (spec.startsWith('@')) {
    const standard = Object.hasOwn(descriptors, spec) ? descriptors[spec] : undefined;
    if (standard === undefined) throw new Error(`unrecognized descriptor: ${spec}`);
    return new FieldSchedule(standard.split(' '), ownZone);
  }
  const fields = spec.trim() === '' ? [] : spec.trim().split(/\s+/);
  if (fields.length !== 5) throw new Error(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  return new FieldSchedule(fields, ownZone);
}

/** At least a second, in whole seconds. */
function every(descriptor: string): CronSchedule {
  let nanos: bigint;
  try {
    nanos = parseDurationNanos(descriptor.slice('@every '.length));
  } catch (error) {
    throw new Error(`failed to parse duration ${descriptor}: ${(error as Error).message}`);
  }
  const delayMs = Math.max(1, Number(nanos / 1_000_000_000n)) * secondMs;
  return { next: (afterMs) => Math.floor(afterMs / secondMs) * secondMs + delayMs };
}
