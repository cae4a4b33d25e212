import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CronJob } from '../../src/kinds/batch/cron-job.ts';
import { Job } from '../../src/kinds/batch/job.ts';
import { Event } from '../../src/kinds/core/event.ts';
import { fakeAnnotations } from '../../src/kubelet/runtime-fake.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const namespace = 'default';
const key = { namespace, name: 'tick' };
const cronJob = (spec: object, runsForSeconds = 1, exitCode = 0) =>
  ({
    metadata: { name: 'tick', namespace },
    spec: {
      schedule: '*/10 * * * *',
      ...spec,
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          template: {
            metadata: {
              annotations: { [fakeAnnotations.exitAfter]: String(runsForSeconds), [fakeAnnotations.exitCode]: String(exitCode) },
            },
            spec: { restartPolicy: 'Never', containers: [{ name: 'tick', image: 'tick:1' }] },
          },
        },
      },
    },
  }) as never;
const startMs = Date.parse('2026-03-01T10:05:00Z');
const jobNames = async ({ client }: SimulatedCluster) =>
  (await client.list(Job, { namespace })).items.map(({ metadata }) => metadata.name).sort();
const nameAt = (time: string) => `tick-${Date.parse(time) / 60_000}`;

test('a CronJob starts its Jobs on time and keeps the last ones', async () => {
  await using cluster = await SimulatedCluster.start({ startMs });
  const { client } = cluster;
  await client.create(CronJob, cronJob({ successfulJobsHistoryLimit: 2 }));
  await cluster.advance(600_000);
  assert.deepEqual(await jobNames(cluster), [nameAt('2026-03-01T10:10:00Z')]);
  const { status } = await client.get(CronJob, key);
  assert.equal(status.lastScheduleTime, '2026-03-01T10:10:00Z');
  assert.match(status.lastSuccessfulTime!, /^2026-03-01T10:10:0/);
  assert.deepEqual(status.active ?? [], []);
  const [job] = (await client.list(Job, { namespace })).items;
  assert.equal(job!.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'], '2026-03-01T10:10:00Z');
  await cluster.advance(1_800_000);
  assert.deepEqual(await jobNames(cluster), [nameAt('2026-03-01T10:30:00Z'), nameAt('2026-03-01T10:40:00Z')]);
  const reasons = new Set(
    (await client.list(Event, { namespace })).items
      .filter(({ involvedObject }) => involvedObject.kind === 'CronJob')
      .map(({ reason }) => reason),
  );
  assert.deepEqual([...reasons].sort(), ['SawCompletedJob', 'SuccessfulCreate', 'SuccessfulDelete']);
});

test('Jobs of a CronJob run beside each other, or not, or one for another', async () => {
  for (const [concurrencyPolicy, expected] of [
    ['Allow', ['10', '20', '30']],
    ['Forbid', ['10']],
    ['Replace', ['30']],
  ] as const) {
    await using cluster = await SimulatedCluster.start({ startMs });
    await cluster.client.create(CronJob, cronJob({ concurrencyPolicy }, 100_000));
    await cluster.advance(1_560_000);
    assert.deepEqual(
      await jobNames(cluster),
      expected.map((minute) => nameAt(`2026-03-01T10:${minute}:00Z`)),
      concurrencyPolicy,
    );
    const { status } = await cluster.client.get(CronJob, key);
    assert.equal(status.active?.length, expected.length);
  }
});

test('zones count, and suspended CronJobs start nothing', async () => {
  await using cluster = await SimulatedCluster.start({ startMs });
  const { client } = cluster;
  await client.create(CronJob, cronJob({ schedule: '0 21,22 * * *', timeZone: 'Asia/Tokyo' }));
  await cluster.advance(7_000_000);
  assert.deepEqual(await jobNames(cluster), [nameAt('2026-03-01T12:00:00Z')]);
  await client.patch(CronJob, key, 'merge', { spec: { suspend: true } });
  await cluster.advance(3_600_000);
  assert.equal((await jobNames(cluster)).length, 1);
});

test('a time that was missed is made up for within the deadline', async () => {
  await using cluster = await SimulatedCluster.start({ startMs });
  const { client } = cluster;
  await client.create(CronJob, cronJob({ startingDeadlineSeconds: 200 }));
  await cluster.advance(60_000);
  cluster.controllers.kill();
  await cluster.advance(900_000);
  await cluster.controllers.start();
  await cluster.advance(60_000);
  assert.deepEqual(await jobNames(cluster), [nameAt('2026-03-01T10:20:00Z')]);
});
