/** How Go prints values: in messages (%v) and, for types of values, %T. */
import { plainDouble, formatDouble } from './strings.ts';
import { typeText } from './types.ts';
import {
  ArrayList,
  Bytes,
  CelError,
  CelList,
  CelMap,
  type CelValue,
  Double,
  Duration,
  EntryMap,
  OpaqueValue,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from './values.ts';
import { formatDurationNanos } from '../api/gotime.ts';

const pad = (value: number, width: number) => String(value).padStart(width, '0');
/** The civil date and time of a timestamp in a zone so many seconds east of UTC. */
export function civil(time: Timestamp, offset: number): Date {
  return new Date((time.seconds + offset) * 1000);
}
const fraction = (nanos: number) => (nanos === 0 ? '' : `.${pad(nanos, 9).replace(/0+$/, '')}`);
const dateText = (date: Date) => `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`;
const clockText = (date: Date) => `${pad(date.getUTCHours(), 2)}:${pad(date.getUTCMinutes(), 2)}:${pad(date.getUTCSeconds(), 2)}`;
function zoneText(offset: number, colon: string): string {
  const minutes = Math.trunc(Math.abs(offset) / 60);
  return `${offset < 0 ? '-' : '+'}${pad(Math.trunc(minutes / 60), 2)}${colon}${pad(minutes % 60, 2)}`;
}
/** RFC 3339 with as many decimals as it takes: what `string(timestamp)` gives. */
export function timestampText(time: Timestamp): string {
  const date = civil(time, time.offset);
  return `${dateText(date)}T${clockText(date)}${fraction(time.nanos)}${time.offset === 0 ? 'Z' : zoneText(time.offset, ':')}`;
}
function goTime(time: Timestamp): string {
  const date = civil(time, time.offset);
  const zone = time.offset === 0 ? '+0000 UTC' : `${zoneText(time.offset, '')} ${zoneText(time.offset, '')}`;
  return `${dateText(date)} ${clockText(date)}${fraction(time.nanos)} ${zone}`;
}
/** Seconds with as many decimals as it takes, and an s: what `string(duration)` gives. */
export const durationText = (duration: Duration): string => `${plainDouble(durationSeconds(duration.nanos))}s`;
/** As Go's Duration.Seconds: the whole seconds and the rest are added as doubles. */
export const durationSeconds = (nanos: bigint): number => Number(nanos / 1_000_000_000n) + Number(nanos % 1_000_000_000n) / 1e9;

/** As fmt prints a value with %v. */
export function goText(value: CelValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
  }
  if (value === null) return '0';
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Double) return formatDouble(value.value);
  if (value instanceof Bytes) return `[${[...value.value].join(' ')}]`;
  if (value instanceof Timestamp) return goTime(value);
  if (value instanceof Duration) return formatDurationNanos(value.nanos);
  if (value instanceof CelList) return `[${[...value].map(goText).join(', ')}]`;
  if (value instanceof CelMap) return `{${[...value.keys()].map((key) => `${goText(key)}: ${goText(value.find(key)!)}`).join(', ')}}`;
  if (value instanceof TypeValue) return typeText(value.type);
  if (value instanceof Optional) return value.value === undefined ? 'optional.none()' : `optional(${goText(value.value)})`;
  if (value instanceof CelError) return value.message;
  return value.text();
}

/** As fmt names the Go type of a value with %T. */
export function goType(value: CelValue): string {
  switch (typeof value) {
    case 'string':
      return 'types.String';
    case 'number':
    case 'bigint':
      return 'types.Int';
    case 'boolean':
      return 'types.Bool';
  }
  if (value === null) return 'types.Null';
  if (value instanceof CelMap) return value instanceof EntryMap ? '*types.baseMap' : 'map[string]interface {}';
  if (value instanceof CelList) return value instanceof ArrayList ? '*types.baseList' : '[]interface {}';
  if (value instanceof TypeValue) return '*types.Type';
  if (value instanceof Optional) return '*types.Optional';
  if (value instanceof CelError) return '*types.Err';
  if (value instanceof OpaqueValue) return `cel.${value.type.name.split('.').at(-1)}`;
  return `types.${value.constructor.name}`;
}
