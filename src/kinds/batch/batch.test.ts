import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countIndexes } from './lib/index-intervals.ts';
import { cells, created, made, problems } from '../lib/testing.ts';
import { CronJob } from './cron-job.ts';
import { Job } from './job.ts';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'a:1' }] } };
const metadata = { uid: 'u1' };
const job = (spec: object = {}, more: object = {}) => created(Job, { metadata, spec: { template, ...spec }, ...more });
const indexed = { completionMode: 'Indexed', completions: 3, parallelism: 3 };
const says = (spec: object) => problems(Job, job(spec));

test('labels that a Job has from its template grow with them', () => {
  const template = { metadata: { labels: { app: 'x' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'a:1' }] } };
  const labelsOf = (labels?: object) =>
    Object.keys(
      created(Job, { metadata: { uid: 'u1', ...(labels === undefined ? {} : { labels }) }, spec: { template } }).metadata.labels ?? {},
    ).sort();
  assert.deepEqual(labelsOf(), ['app', 'batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name', 'controller-uid', 'job-name']);
  assert.deepEqual(labelsOf({ app: 'x' }), ['app']);
});

test('defaults of a Job', () => {
  const { template: made, ...rest } = job().spec;
  assert.deepEqual(rest, {
    completions: 1,
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
    manualSelector: false,
    selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u1' } },
  });
  assert.deepEqual(made.metadata.labels, {
    'job-name': 'a',
    'batch.kubernetes.io/job-name': 'a',
    'controller-uid': 'u1',
    'batch.kubernetes.io/controller-uid': 'u1',
  });
  assert.equal(job({ parallelism: 2 }).spec.completions, undefined);
  assert.equal(job({ ...indexed, backoffLimitPerIndex: 1 }).spec.backoffLimit, 2147483647);
  assert.equal(job({ podFailurePolicy: { rules: [] } }).spec.podReplacementPolicy, 'Failed');
  assert.deepEqual(problems(Job, job()), []);
});

test('rules of a Job', () => {
  assert.deepEqual(says({ template: { spec: { containers: template.spec.containers } } }), [
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ]);
  assert.deepEqual(says({ parallelism: -1, completions: 2 }), ['spec.parallelism: Invalid value: -1: must be greater than or equal to 0']);
  assert.deepEqual(says({ completionMode: 'Indexed', parallelism: 1 }), [
    'spec.completions: Required value: when completion mode is Indexed',
  ]);
  assert.deepEqual(says({ completionMode: 'Odd' }), [
    'spec.completionMode: Unsupported value: "Odd": supported values: "NonIndexed", "Indexed"',
  ]);
  assert.deepEqual(says({ maxFailedIndexes: 1 }), [
    'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
    'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
  ]);
  assert.deepEqual(says({ managedBy: 'me' }), [
    'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
  ]);
  assert.deepEqual(says({ manualSelector: true }), [
    'spec.selector: Required value',
    'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
  ]);
  assert.match(says({ selector: { matchLabels: { a: ' ' } } }).join(), /^spec\.selector\.matchLabels: Invalid value: " ": [^`]*$/);
  assert.deepEqual(says({ selector: { matchLabels: { a: 'b' } } }), [
    'spec.selector: Invalid value: {"matchLabels":{"a":"b","batch.kubernetes.io/controller-uid":"u1"}}: `selector` not auto-generated',
    'spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/controller-uid":"u1","batch.kubernetes.io/job-name":"a","controller-uid":"u1","job-name":"a"}: `selector` does not match template `labels`',
  ]);
  assert.ok(!says({ selector: { matchExpressions: [{}] } }).some((text) => text.includes('not auto-generated')));
});

test('failure and success policies', () => {
  const rule = (...rules: object[]) => says({ podFailurePolicy: { rules } });
  const at = 'spec.podFailurePolicy.rules[0]';
  assert.deepEqual(rule({ action: 'FailJob' }), [`${at}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`]);
  assert.deepEqual(rule({ action: 'Odd', onExitCodes: { operator: 'In', values: [2, 0, 2], containerName: 'x' } }), [
    `${at}.action: Unsupported value: "Odd": supported values: "Count", "FailIndex", "FailJob", "Ignore"`,
    `${at}.onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template`,
    `${at}.onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator`,
    `${at}.onExitCodes.values[2]: Duplicate value: 2`,
    `${at}.onExitCodes.values: Invalid value: [2,0,2]: must be ordered`,
  ]);
  assert.deepEqual(rule({ action: '', onPodConditions: [{ type: 'X', status: 'Odd' }] }), [
    `${at}.action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]`,
    `${at}.onPodConditions[0].status: Unsupported value: "Odd": supported values: "False", "True", "Unknown"`,
  ]);
  const success = (rules: object[]) => says({ ...indexed, successPolicy: { rules } });
  assert.deepEqual(success([]), [
    'spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified',
  ]);
  assert.deepEqual(success([{ succeededIndexes: '0,2-1', succeededCount: 4 }]), [
    'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0,2-1": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1',
    'spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)',
    'spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 0 (the number of indexes in the specified succeededIndexes field)',
  ]);
  assert.deepEqual(says({ successPolicy: { rules: [{ succeededCount: 1 }] } }), [
    'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: requires indexed completion mode',
  ]);
});

test('what may change', () => {
  const change = (now: object, before: object = {}, status: object = {}) => problems(Job, job(now), { ...job(before), status });
  assert.deepEqual(change({ completions: 2 }), ['spec.completions: Invalid value: 2: field is immutable']);
  assert.deepEqual(change({ ...indexed, completions: 5, parallelism: 5 }, indexed), []);
  assert.deepEqual(change({ ...indexed, completions: 5 }, indexed), [
    'spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism',
  ]);
  assert.deepEqual(change({ parallelism: 4, completions: 1, suspend: true, activeDeadlineSeconds: 1, backoffLimit: 1 }), []);
  const bigger = (more: object) => ({
    suspend: true,
    template: { spec: { ...template.spec, nodeSelector: { a: 'b' }, tolerations: [{ key: 'x' }], ...more } },
  });
  assert.deepEqual(change(bigger({}), { suspend: true }), []);
  const container = { ...template.spec.containers[0], resources: { requests: { cpu: '1' } } };
  assert.deepEqual(change(bigger({ containers: [container] }), { suspend: true }), []);
  assert.match(change(bigger({ hostNetwork: true }), { suspend: true })[0]!, /^spec\.template\.spec: .*: field is immutable$/);
  assert.match(change(bigger({}), { suspend: true }, { active: 1 })[0]!, /^spec\.template: .*: field is immutable$/);
  assert.match(change(bigger({}), {})[0]!, /^spec\.template: .*: field is immutable$/);
});

test('what a status may say', () => {
  const state = (status: object, before: object = {}, spec: object = {}) =>
    problems(Job, { ...job(spec), status }, { ...job(spec), status: before }, 'status');
  const conditions = (...types: string[]) => ({ conditions: types.map((type) => ({ type, status: 'True' })) });
  const startTime = '2026-01-01T00:00:00Z';
  assert.deepEqual(state({ startTime, completionTime: startTime, ...conditions('SuccessCriteriaMet', 'Complete') }), []);
  assert.deepEqual(state({ startTime, ...conditions('Complete') }), [
    'status.completionTime: Required value: completionTime is required for Complete jobs',
    'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  ]);
  assert.deepEqual(state({ active: 1, ready: 2, ...conditions('Failed') }), [
    'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
    'status.active: Invalid value: 1: active>0 is invalid for finished job',
    'status.startTime: Required value: startTime is required for finished job',
    'status.ready: Invalid value: 2: cannot set more ready pods than active',
  ]);
  assert.deepEqual(state({ failed: 1 }, { failed: 2, ...conditions('Failed', 'FailureTarget') }), [
    'status.conditions: Invalid value: cannot disable the terminal Failed=True condition',
    'status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition',
    'status.failed: Invalid value: 1: cannot decrease the failed counter',
  ]);
  assert.deepEqual(state({ completedIndexes: '0-1', failedIndexes: '1' }, {}, { ...indexed, backoffLimitPerIndex: 1 }), [
    'status.failedIndexes: Invalid value: "1": failedIndexes and completedIndexes overlap at index: 1',
  ]);
  assert.deepEqual(state({ completedIndexes: '7' }, {}, indexed), [
    'status.completedIndexes: Invalid value: "7": error parsing completedIndexes: too large index: "7"',
  ]);
  assert.deepEqual(state({ uncountedTerminatedPods: { succeeded: ['a', ''], failed: ['a'] } }), [
    'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
    'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
  ]);
});

test('a CronJob', () => {
  const cron = (spec: object, name = 'a') =>
    made(CronJob, { metadata: { name }, spec: { schedule: '* * * * *', jobTemplate: { spec: { template } }, ...spec } });
  const { jobTemplate, ...rest } = cron({}).spec;
  assert.deepEqual(rest, {
    schedule: '* * * * *',
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  assert.equal(jobTemplate.spec.completions, undefined);
  assert.deepEqual(problems(CronJob, cron({})), []);
  assert.deepEqual(problems(CronJob, cron({ schedule: '' })), ['spec.schedule: Required value']);
  assert.deepEqual(problems(CronJob, cron({ schedule: '61 * * * *', timeZone: 'Mars/Base', concurrencyPolicy: 'Odd' })), [
    'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
    'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
    'spec.concurrencyPolicy: Unsupported value: "Odd": supported values: "Allow", "Forbid", "Replace"',
  ]);
  const zoned = cron({ schedule: 'TZ=UTC * * * * *' });
  assert.deepEqual(problems(CronJob, zoned), [
    'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ]);
  assert.deepEqual(problems(CronJob, zoned, zoned), []);
  const long = 'a'.repeat(53);
  assert.deepEqual(problems(CronJob, cron({}, long)), [`metadata.name: Invalid value: "${long}": must be no more than 52 characters`]);
  assert.deepEqual(problems(CronJob, cron({ jobTemplate: { spec: { template, selector: {}, manualSelector: true } } })), [
    'spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated',
    'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
  ]);
});

test('columns', () => {
  const now = Date.parse('2026-01-01T00:10:00Z');
  const creationTimestamp = '2026-01-01T00:00:00Z';
  const status = {
    startTime: creationTimestamp,
    completionTime: '2026-01-01T00:00:42Z',
    succeeded: 1,
    conditions: [{ type: 'Complete', status: 'True' }],
  };
  const done = { ...job({}, { metadata: { ...metadata, creationTimestamp } }), status };
  assert.deepEqual(Object.values(cells(Job, done, now, true)), [
    'a',
    'Complete',
    '1/1',
    '42s',
    '10m',
    'c',
    'a:1',
    'batch.kubernetes.io/controller-uid=u1',
  ]);
  assert.equal(cells(Job, job({ parallelism: 3 }), now).Completions, '0/1 of 3');
  const cron = made(CronJob, {
    metadata: { creationTimestamp },
    spec: { schedule: '@daily', timeZone: 'UTC', jobTemplate: { spec: { template } } },
    status: { active: [{ name: 'x' }], lastScheduleTime: '2026-01-01T00:05:00Z' },
  });
  assert.deepEqual(Object.values(cells(CronJob, cron, now, true)), ['a', '@daily', 'UTC', 'False', 1, '5m', '10m', 'c', 'a:1', '<none>']);
});

test('an index that is no number is quoted as Go does', () => {
  assert.throws(() => countIndexes('\x7f', 5), /cannot convert string to integer for index: "\\x7f"/);
});

test('a job that began at no time has run as long as Go can count', () => {
  const duration = (status: object) => cells(Job, { ...job(), status }, Date.parse('2026-01-01T00:00:00Z')).Duration;
  assert.equal(duration({ startTime: null }), '292y');
  assert.equal(duration({}), '');
});
