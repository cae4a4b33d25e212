import assert from 'node:assert/strict';
import { request } from 'node:https';
import { test } from 'node:test';
import { parseFlags } from '../../src/server/flags.ts';
import { FlowSchema } from '../../src/kinds/flowcontrol/flow-schema.ts';
import { PriorityLevelConfiguration } from '../../src/kinds/flowcontrol/priority-level-configuration.ts';
import { startTestApi } from '../helpers/api-server.ts';

const slow = '/api/v1/namespaces/default/configmaps';

test('answers say by which schema and level they were let in; metrics and tables tell of them', async (t) => {
  const api = await startTestApi(t);
  const jane = await api.certificates.signClientCertificate('jane', []);
  const uids = async () => ({
    schema: (await api.client.get(FlowSchema, { name: 'global-default' })).metadata.uid,
    level: (await api.client.get(PriorityLevelConfiguration, { name: 'global-default' })).metadata.uid,
  });
  const { schema, level } = await uids();
  await api.until('the headers', async () => {
    const { headers, code } = await api.send('GET', '/api/v1/pods', undefined, {}, jane);
    return code === 403 && headers['x-kubernetes-pf-flowschema-uid'] === schema && headers['x-kubernetes-pf-prioritylevel-uid'] === level;
  });
  await api.send('GET', '/api/v1/endpoints');
  const metrics = (await api.send('GET', '/metrics')).text;
  assert.match(
    metrics,
    /apiserver_requested_deprecated_apis\{group="",version="v1",resource="endpoints",subresource="",removed_release=""\} 1\n/,
  );
  assert.match(metrics, /apiserver_request_total\{verb="LIST",dry_run="",group="",version="v1",resource="endpoints",.*,code="200"\} 1\n/);
  assert.match(metrics, /kubernetes_feature_enabled\{name="WatchList",stage="BETA"\} 1\n/);
  assert.match(
    metrics,
    /apiserver_flowcontrol_dispatched_requests_total\{priority_level="global-default",flow_schema="global-default"\} [1-9]/,
  );
  assert.match(metrics, /apiserver_flowcontrol_nominal_limit_seats\{priority_level="workload-low"\} 245\n/);
  assert.match(metrics, /apiserver_current_inflight_requests\{request_kind="readOnly"\} 1\n/);
  const table = await api.send('GET', '/debug/api_priority_and_fairness/dump_priority_levels');
  assert.match(table.text, /^PriorityLevelName, .*\ncatch-all, /);
  assert.equal((await api.send('GET', '/debug/api_priority_and_fairness/other')).code, 404);
});

test('without seats requests wait, and are turned away when too many do', async (t) => {
  const api = await startTestApi(t, { flags: parseFlags(['max-requests-inflight=1', 'max-mutating-requests-inflight=0'], '/') });
  // A level of one seat and one queue for one request, for jane.
  const limitResponse = { type: 'Queue', queuing: { queues: 1, handSize: 1, queueLengthLimit: 1 } };
  await api.client.create(PriorityLevelConfiguration, {
    metadata: { name: 'narrow' },
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1000, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse } },
  } as never);
  await api.client.create(FlowSchema, {
    metadata: { name: 'narrow' },
    spec: {
      priorityLevelConfiguration: { name: 'narrow' },
      matchingPrecedence: 3,
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'jane' } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
        },
      ],
    },
  } as never);
  const jane = await api.certificates.signClientCertificate('jane', ['system:masters-of-nothing']);
  await api.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'jane' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
  });
  await api.until('jane may', async () => (await api.send('GET', slow, undefined, {}, jane)).code === 200);
  // A body that never ends keeps its request at work.
  const { clusterCa } = api.certificates;
  const held = request({
    host: '127.0.0.1',
    port: api.port,
    path: slow,
    method: 'POST',
    ca: clusterCa.certificatePem,
    cert: jane.certificatePem,
    key: jane.privateKeyPem,
    headers: { 'content-type': 'application/json', 'content-length': '1000' },
    agent: false,
  });
  held.on('error', () => undefined);
  held.write('{');
  const executing = async () => (await api.send('GET', '/metrics')).text;
  await api.until('the seat is taken', async () =>
    /current_executing_requests\{priority_level="narrow",flow_schema="narrow"\} 1\n/.test(await executing()),
  );
  const waiting = api.send('GET', slow, undefined, {}, jane);
  await api.until('one waits', async () =>
    /current_inqueue_requests\{priority_level="narrow",flow_schema="narrow"\} 1\n/.test(await executing()),
  );
  const refused = await api.send('GET', slow, undefined, {}, jane);
  assert.deepEqual(
    [refused.code, refused.text, refused.headers['retry-after'], refused.headers['content-type']],
    [429, 'Too many requests, please try again later.\n', '1', 'text/plain; charset=utf-8'],
  );
  assert.ok(refused.headers['x-kubernetes-pf-flowschema-uid']);
  assert.equal((await api.send('GET', slow)).code, 200, 'administrators are exempt');
  held.destroy();
  assert.equal((await waiting).code, 200);
});

test('priority and fairness can be turned off: then there are limits and no queues', async (t) => {
  const api = await startTestApi(t, { flags: parseFlags(['enable-priority-and-fairness=false', 'max-requests-inflight=10'], '/') });
  const answer = await api.send('GET', slow);
  assert.deepEqual([answer.code, answer.headers['x-kubernetes-pf-flowschema-uid']], [200, undefined]);
  assert.equal((await api.send('GET', '/debug/api_priority_and_fairness/dump_queues')).code, 404);
});
