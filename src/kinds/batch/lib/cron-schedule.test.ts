import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTime } from '../../../api/gotime.ts';
import { parseCronSchedule } from './cron-schedule.ts';
import { isTimeZone, timeZoneProblems } from './time-zone.ts';

function times(schedule: string, after: string, zone: string, count: number): string {
  const parsed = parseCronSchedule(schedule, zone);
  const found: string[] = [];
  for (let ms: number | undefined = Date.parse(after); found.length < count; ) {
    ms = parsed.next(ms!);
    if (ms === undefined) return [...found, 'never'].join(' ');
    found.push(formatTime(ms));
  }
  return found.join(' ');
}

/** What robfig/cron v3.0.1 gives for the same. */
const golden: readonly (readonly [schedule: string, zone: string, after: string, expected: string])[] = [
  ['*/15 * * * *', 'UTC', '2026-03-01T05:06:07Z', '2026-03-01T05:15:00Z 2026-03-01T05:30:00Z'],
  ['* * * * *', 'UTC', '2026-03-01T05:06:00Z', '2026-03-01T05:07:00Z 2026-03-01T05:08:00Z'],
  ['0 0 29 2 *', 'UTC', '2026-03-01T05:06:07Z', '2028-02-29T00:00:00Z 2032-02-29T00:00:00Z'],
  ['0 0 30 2 *', 'UTC', '2026-03-01T05:06:07Z', 'never'],
  ['0 0 1-7 * 0', 'UTC', '2026-03-01T05:06:07Z', '2026-03-02T00:00:00Z 2026-03-03T00:00:00Z'],
  ['0 0 * * 1-5', 'UTC', '2026-03-06T05:06:07Z', '2026-03-09T00:00:00Z 2026-03-10T00:00:00Z'],
  ['* * * JAN SuN', 'UTC', '2026-03-01T05:06:07Z', '2027-01-03T00:00:00Z 2027-01-03T00:01:00Z'],
  ['@hourly', 'UTC', '2026-03-01T05:06:07Z', '2026-03-01T06:00:00Z 2026-03-01T07:00:00Z'],
  ['@every 1h30m10.9s', 'UTC', '2026-03-01T05:06:07Z', '2026-03-01T06:36:17Z 2026-03-01T08:06:27Z'],
  ['@every 100ms', 'UTC', '2026-03-01T05:06:07Z', '2026-03-01T05:06:08Z 2026-03-01T05:06:09Z'],
  ['0 4 * * *', 'America/New_York', '2026-03-07T12:00:00Z', '2026-03-08T08:00:00Z 2026-03-09T08:00:00Z'],
  ['30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', '2026-03-09T06:30:00Z 2026-03-10T06:30:00Z'],
  ['30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', '2026-11-01T05:30:00Z 2026-11-01T06:30:00Z'],
  ['0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', '2018-11-05T02:00:00Z 2018-11-06T02:00:00Z'],
  ['CRON_TZ=Asia/Kolkata 0 4 * * *', 'UTC', '2026-03-01T05:06:07Z', '2026-03-01T22:30:00Z 2026-03-02T22:30:00Z'],
];
for (const [schedule, zone, after, expected] of golden)
  test(`${schedule} in ${zone} after ${after}`, () => assert.equal(times(schedule, after, zone, 2), expected));

const wrong: Readonly<Record<string, string>> = {
  '': 'empty spec string',
  '* * * *': 'expected exactly 5 fields, found 4: [* * * *]',
  '60 * * * *': 'end of range (60) above maximum (59): 60',
  '5-1 * * * *': 'beginning of range (5) beyond end of range (1): 5-1',
  '1-2-3 * * * *': 'too many hyphens: 1-2-3',
  '*/0 * * * *': 'step of range should be a positive number: */0',
  '*/1/2 * * * *': 'too many slashes: */1/2',
  '* * 0 * *': 'beginning of range (0) below minimum (1): 0',
  '* * * foo *': 'failed to parse int from foo: strconv.Atoi: parsing "foo": invalid syntax',
  '@reboot': 'unrecognized descriptor: @reboot',
  '@every x': 'failed to parse duration @every x: time: invalid duration "x"',
  'TZ=UTC': 'invalid schedule format: runtime error: slice bounds out of range [:-1]',
  'TZ=Foo/Bar * * * * *': 'provided bad location Foo/Bar: unknown time zone Foo/Bar',
};
for (const [schedule, message] of Object.entries(wrong))
  test(`'${schedule}' is no schedule`, () => assert.throws(() => parseCronSchedule(schedule), { message }));

test('time zones', () => {
  assert.deepEqual(['UTC', 'US/Pacific', 'Etc/GMT+1', 'America/Argentina/ComodRivadavia'].map(isTimeZone), [true, true, true, true]);
  assert.deepEqual(['utc', 'us/pacific', '+01:00', 'Mars/Base', ''].map(isTimeZone), [false, false, false, false, false]);
  assert.deepEqual(timeZoneProblems('Local'), ['timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones']);
  assert.deepEqual(timeZoneProblems('../etc'), ['unknown time zone ../etc']);
  assert.deepEqual(timeZoneProblems('Europe/Zurich'), []);
});
