import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '../../../base/metrics.ts';
import { Namespace } from '../../../kinds/core/namespace.ts';
import { Pod } from '../../../kinds/core/pod.ts';
import { createTestServer } from '../../lib/testing.ts';
import { told } from '../../lib/told.ts';
import { podSecurity } from '../pod-security.ts';
import { readPodSecurityConfiguration } from './configuration.ts';

test('pods are counted by the standard that they are held to and what came of it', async () => {
  const metrics = new Metrics();
  const { validate } = podSecurity(readPodSecurityConfiguration(undefined), metrics);
  const { one, server } = createTestServer({
    kinds: [Namespace, Pod],
    admission: { validate: (context) => validate?.(context) },
  });
  const prefix = 'pod-security.kubernetes.io/';
  const labels = { [`${prefix}enforce`]: 'baseline', [`${prefix}audit`]: 'restricted', [`${prefix}audit-version`]: 'v1.99' };
  await one(Namespace, { verb: 'create', body: { metadata: { name: 'strict', labels } } });
  await one(Namespace, { verb: 'create', body: { metadata: { name: 'free' } } });
  const pod = (namespace: string, privileged: boolean) =>
    one(Pod, {
      verb: 'create',
      namespace,
      body: { metadata: { name: String(privileged) }, spec: { containers: [{ name: 'c', image: 'i', securityContext: { privileged } }] } },
    });
  await pod('free', true);
  await pod('strict', false);
  await assert.rejects(pod('strict', true), /violates PodSecurity/);
  const of = (decision: string, level: string, version: string, mode: string, operation = 'create') =>
    `{decision="${decision}",policy_level="${level}",policy_version="${version}",mode="${mode}",request_operation="${operation}",resource="pod",subresource=""}`;
  assert.deepEqual(told(await metrics.text(), 'pod_security_evaluations_total'), {
    [of('allow', 'privileged', 'latest', 'enforce')]: 1,
    [of('allow', 'privileged', 'latest', 'enforce', 'update')]: 0,
    [of('deny', 'restricted', 'future', 'audit')]: 2,
    [of('allow', 'baseline', 'latest', 'enforce')]: 1,
    [of('deny', 'baseline', 'latest', 'enforce')]: 1,
  });
  await server.close();
});
