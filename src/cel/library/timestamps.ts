/** Parts of times and durations (cel-go common/stdlib), and RFC 3339 as Go reads it. */
import type { Overload } from '../api.ts';
import { goQuote } from '../../api/go-text.ts';
import { civil, durationSeconds } from '../text.ts';
import * as t from '../types.ts';
import { CelError, type CelValue, type Duration, Timestamp, toInt } from '../values.ts';
import { member } from './overloads.ts';

const syntax = /^(\d{4})-(\d\d)-(\d\d)T(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;
/** As Go's time.Parse with RFC3339; undefined for what it refuses. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = syntax.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const [zoneHours, zoneMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59 || zoneHours > 24 || zoneMinutes > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (day < 1 || date.getUTCMonth() !== month - 1) return undefined;
  date.setUTCHours(hour, minute, second, 0);
  const offset = (match[8] === '-' ? -1 : 1) * (zoneHours * 3600 + zoneMinutes * 60) + 0;
  const nanos = Number((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return new Timestamp(date.getTime() / 1000 - offset, nanos, offset);
}

const numericZone = /^([+-]?\d+):([+-]?\d+)$/;
const atoiError = (text: string) => new CelError(`strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`);
/** Names as the tz database spells them: Intl takes other cases, offsets and abbreviations, too. */
const plainZones = new Set(
  [
    'CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica',
    'Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal',
    'W-SU WET Zulu',
  ].flatMap((line) => line.split(' ')),
);
const region = 'Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico|Pacific|US';
const oddWord =
  'of|es|au|GMT(?:[+-]?\\d+)?|UCT|UTC|ACT|LHI|NSW|IN|McMurdo|DumontDUrville|DeNoronha|EasterIsland|ComodRivadavia|Baja[A-Z][a-z]+';
const zoneRegion = new RegExp(`^(?:${region})(?:[/_-](?:[A-Z][a-z]+|${oddWord}))+$`);
const isZoneName = (zone: string) => plainZones.has(zone) || zoneRegion.test(zone);
const formatters = new Map<string, Intl.DateTimeFormat | undefined>();
const mostZones = 600;
/** undefined for names that nobody knows. */
function formatterOf(zone: string): Intl.DateTimeFormat | undefined {
  if (formatters.has(zone)) return formatters.get(zone);
  let formatter: Intl.DateTimeFormat | undefined;
  if (!isZoneName(zone)) return undefined;
  try {
    formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', era: 'short' });
  } catch {
    formatter = undefined;
  }
  if (formatters.size < mostZones) formatters.set(zone, formatter);
  return formatter;
}
/** Seconds east of UTC at the time. */
function offsetAt(time: Timestamp, zone: string): number | CelError {
  if (zone === '' || zone === 'UTC') return 0;
  if (zone.includes(':')) {
    const match = numericZone.exec(zone);
    if (match === null) {
      const at = zone.indexOf(':');
      const hours = zone.slice(0, at);
      return atoiError(/^[+-]?\d+$/.test(hours) ? zone.slice(at + 1) : hours);
    }
    const hours = Number(match[1]);
    const minutes = Number(match[2]);
    return (zone.startsWith('-') ? hours * 60 - minutes : hours * 60 + minutes) * 60;
  }
  if (/^[/\\]|\.\./.test(zone)) return new CelError('time: invalid location name');
  const formatter = zone === 'Local' ? formatterOf('UTC') : formatterOf(zone);
  if (formatter === undefined) return new CelError(`unknown time zone ${zone}`);
  const name = formatter.formatToParts(new Date(time.seconds * 1000)).find((part) => part.type === 'timeZoneName')!.value;
  const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name);
  if (match === null || match[1] === undefined) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return match[1] === '-' ? -seconds : seconds;
}

const dayOfYear = (date: Date) => Math.floor((date.getTime() - new Date(0).setUTCFullYear(date.getUTCFullYear(), 0, 1)) / 86_400_000);
type Part = (date: Date, time: Timestamp) => number;
const parts: readonly (readonly [string, string, Part, string?])[] = [
  ['getFullYear', 'timestamp_to_year', (date) => date.getUTCFullYear()],
  ['getMonth', 'timestamp_to_month', (date) => date.getUTCMonth()],
  ['getDayOfYear', 'timestamp_to_day_of_year', dayOfYear],
  ['getDayOfMonth', 'timestamp_to_day_of_month', (date) => date.getUTCDate() - 1],
  ['getDate', 'timestamp_to_day_of_month_1_based', (date) => date.getUTCDate()],
  ['getDayOfWeek', 'timestamp_to_day_of_week', (date) => date.getUTCDay()],
  ['getHours', 'timestamp_to_hours', (date) => date.getUTCHours(), 'hours'],
  ['getMinutes', 'timestamp_to_minutes', (date) => date.getUTCMinutes(), 'minutes'],
  ['getSeconds', 'timestamp_to_seconds', (date) => date.getUTCSeconds(), 'seconds'],
  ['getMilliseconds', 'timestamp_to_milliseconds', (_date, time) => Math.floor(time.nanos / 1e6), 'milliseconds'],
];
const perUnit: Readonly<Record<string, (duration: Duration) => CelValue>> = {
  hours: ({ nanos }) => toInt(nanos / 3_600_000_000_000n),
  minutes: ({ nanos }) => toInt(nanos / 60_000_000_000n),
  seconds: ({ nanos }) => Math.trunc(durationSeconds(nanos)) + 0,
  milliseconds: ({ nanos }) => toInt(nanos / 1_000_000n),
};
const withZone =
  (part: Part) =>
  (time: Timestamp, zone: string): CelValue => {
    const offset = offsetAt(time, zone);
    return offset instanceof CelError ? offset : part(civil(time, offset), time);
  };

export const timeFunctions: Readonly<Record<string, readonly Overload[]>> = Object.fromEntries(
  parts.map(([name, id, part, unit]) => {
    const zoned = id === 'timestamp_to_seconds' ? `${id}_tz` : `${id}_with_tz`;
    const overloads = [
      member(id, [t.timestamp], t.int, (time: Timestamp) => part(civil(time, 0), time)),
      member(zoned, [t.timestamp, t.string], t.int, withZone(part)),
    ];
    if (unit !== undefined) overloads.push(member(`duration_to_${unit}`, [t.duration], t.int, perUnit[unit]!));
    return [name, overloads];
  }),
);
