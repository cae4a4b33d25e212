import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueCertificate } from '../../src/server/certs/issue.ts';
import { systemClock } from '../../src/base/clock.ts';
import { startTestApi } from '../helpers/api-server.ts';
import { startWebhookServer } from '../helpers/webhook-server.ts';

const configMaps = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }];
const registration = '/apis/admissionregistration.k8s.io/v1';

test('what admission, authentication and authorization did is told under upstream’s names', async (t) => {
  const api = await startTestApi(t);
  const hook = await startWebhookServer(t, ({ object }) =>
    object.data?.bad === undefined ? { allowed: true } : { allowed: false, status: { code: 418, message: 'bad' } },
  );
  const common = { rules: configMaps, sideEffects: 'None', admissionReviewVersions: ['v1'] };
  const webhooks = [
    { ...common, name: 'asked.example.com', clientConfig: hook.at('/v') },
    { ...common, name: 'broken.example.com', clientConfig: { url: 'https://127.0.0.1:1/' }, failurePolicy: 'Ignore' },
    {
      ...common,
      name: 'conditional.example.com',
      clientConfig: hook.at('/c'),
      matchConditions: [{ name: 'never', expression: 'object.metadata.name == "other"' }],
    },
  ];
  const create = async (path: string, object: object) => await api.send('POST', path, object);
  await create(`${registration}/validatingwebhookconfigurations`, { metadata: { name: 'v' }, webhooks });
  await create(`${registration}/validatingadmissionpolicies`, {
    metadata: { name: 'p' },
    spec: { matchConstraints: { resourceRules: configMaps }, validations: [{ expression: 'object.data.size() < 3' }] },
  });
  const binding = { metadata: { name: 'b' }, spec: { policyName: 'p', validationActions: ['Warn'] } };
  await create(`${registration}/validatingadmissionpolicybindings`, binding);
  const path = '/api/v1/namespaces/default/configmaps';
  await api.until('webhooks and policies are known', async () => {
    const probe = await create(`${path}?dryRun=All`, { metadata: { name: 'probe' }, data: { a: '', b: '', c: '' } });
    return hook.calls.length > 0 && probe.headers.warning !== undefined;
  });
  const counts = async () => {
    const { text } = await api.send('GET', '/metrics');
    return (line: string): number => {
      const found = text.split('\n').find((one) => one.startsWith(`${line} `));
      return found === undefined ? 0 : Number(found.slice(line.length + 1));
    };
  };
  const before = await counts();
  assert.equal((await create(path, { metadata: { name: 'good' }, data: { good: '' } })).code, 201);
  assert.equal((await create(path, { metadata: { name: 'bad' }, data: { bad: '', b: '', c: '' } })).code, 418);
  const nowMs = systemClock.now();
  const ann = await issueCertificate({
    commonName: 'ann@example.com',
    use: 'client',
    issuer: api.certificates.clusterCa,
    notBeforeMs: nowMs - 60_000,
    notAfterMs: nowMs + 60_000,
  });
  assert.equal((await api.send('GET', path, undefined, {}, ann)).code, 403);
  assert.equal(
    (await api.send('GET', path, undefined, { authorization: 'Bearer wrong' }, { certificatePem: '', privateKeyPem: '' } as never)).code,
    401,
  );
  const after = await counts();
  const grew = (line: string) => after(line) - before(line);
  const hooked = (name: string, more: string) => `{name="${name}.example.com",type="validating",operation="CREATE",${more}}`;
  const prefix = 'apiserver_admission_';
  for (const [line, by] of [
    [`${prefix}step_admission_duration_seconds_count{type="admit",operation="CREATE",rejected="false"}`, 2],
    [`${prefix}step_admission_duration_seconds_count{type="validate",operation="CREATE",rejected="true"}`, 1],
    [`${prefix}controller_admission_duration_seconds_count{name="LimitRanger",type="admit",operation="CREATE",rejected="false"}`, 2],
    [
      `${prefix}controller_admission_duration_seconds_count{name="ValidatingAdmissionWebhook",type="validate",operation="CREATE",rejected="true"}`,
      1,
    ],
    [`${prefix}webhook_request_total${hooked('asked', 'code="200",rejected="false"')}`, 1],
    [`${prefix}webhook_request_total${hooked('asked', 'code="418",rejected="true"')}`, 1],
    [`${prefix}webhook_rejection_count${hooked('asked', 'error_type="no_error",rejection_code="418"')}`, 1],
    [`${prefix}webhook_request_total${hooked('broken', 'code="500",rejected="false"')}`, 2],
    [`${prefix}webhook_fail_open_count{name="broken.example.com",type="validating"}`, 2],
    [`${prefix}webhook_admission_duration_seconds_count${hooked('broken', 'rejected="false"')}`, 2],
    [`${prefix}match_condition_exclusions_total{name="conditional.example.com",kind="webhook",type="validating",operation="CREATE"}`, 2],
    [
      'apiserver_validating_admission_policy_check_total{policy="p",policy_binding="b",error_type="invalid_error",enforcement_action="warn"}',
      1,
    ],
    ['authentication_attempts{result="error"}', 1],
    ['authenticated_user_requests{username="email_id"}', 1],
    ['authorization_attempts_total{result="no-opinion"}', 1],
  ] as const)
    assert.equal(grew(line), by, line);
  const configMapsOf = '{group="",resource="configmaps"}';
  assert.equal(after(`apiserver_resource_objects${configMapsOf}`) - before(`apiserver_resource_objects${configMapsOf}`), 1);
  assert.ok(grew(`apiserver_watch_cache_events_received_total${configMapsOf}`) >= 1);
  assert.ok(after(`apiserver_resource_size_estimate_bytes${configMapsOf}`) > 0);
  assert.ok(after(`apiserver_watch_cache_resource_version${configMapsOf}`) > 0);
  assert.ok(grew('apiserver_request_filter_duration_seconds_count{filter="authorization"}') >= 3);
  assert.ok(grew('rest_client_requests_total{code="200",method="GET",host="192.0.2.1:6443"}') >= 0);
  assert.ok(after('workqueue_adds_total{name="flow-schema-status"}') >= 0);
});
