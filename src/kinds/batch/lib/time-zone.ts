/** Time zones of the IANA database, as the engine knows them. */
const namePart = /^[A-Za-z.\-_0-9+]{1,14}$/;

function idOf(name: string): string | undefined {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return undefined;
  }
}
/** Whether such a zone is there; names are told apart by case, and offsets ('+01:00') are no names. */
export const isTimeZone = (name: string): boolean => /^[A-Za-z]/.test(name) && idOf(name) === name;

/** What is wrong with a name in upstream's words (pkg/apis/batch/validation validateTimeZone). */
export function timeZoneProblems(name: string): readonly string[] {
  if (name === '') return ['timeZone must be nil or non-empty string'];
  for (const part of name.split('/'))
    if (part === '.' || part === '..' || part.startsWith('-') || !namePart.test(part)) return [`unknown time zone ${name}`];
  if (name === 'Local') return ['timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'];
  const unknown = isTimeZone(name) ? [] : [`unknown time zone ${name}`];
  return name.toLowerCase() === 'local'
    ? ['timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones', ...unknown]
    : unknown;
}

/** What a wall clock in a zone shows. Month is 1 to 12, weekday 0 (Sunday) to 6. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly weekday: number;
}

const offsetMs = (ms: number, zone: string): number =>
  zone === 'UTC' ? 0 : Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6;

export function wallTime(ms: number, zone: string): WallTime {
  const shifted = new Date(ms + offsetMs(ms, zone));
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    weekday: shifted.getUTCDay(),
  };
}

/** When the wall clock shows that; days and months beyond their range are carried over. What falls into a gap or stands twice is settled as Go's time.Date does. */
export function timeOfWall(zone: string, year: number, month: number, day: number, hour = 0): number {
  const asUtc = Date.UTC(year, month - 1, day, hour);
  const offset = offsetMs(asUtc, zone);
  return offset === 0 ? asUtc : asUtc - offsetMs(asUtc - offset, zone);
}

/** RFC 3339 with the offset of the zone, whole seconds: '2026-01-01T01:00:00+01:00'. */
export const formatInZone = (ms: number, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(zone)
    .toString({ timeZoneName: 'never', smallestUnit: 'second' })
    .replace(/\+00:00$/, 'Z');
