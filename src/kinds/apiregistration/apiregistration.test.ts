import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cells, created, made, problems } from '../lib/testing.ts';
import { APIService } from './api-service.ts';

const of = (name: string, spec: object) => made(APIService, { metadata: { name }, spec });
const priorities = { groupPriorityMinimum: 100, versionPriority: 10 };

test('what is served here is available at once', () => {
  const local = created(APIService, { metadata: { name: 'v1.a.b' }, spec: { group: 'a.b', version: 'v1', ...priorities } });
  assert.deepEqual(problems(APIService, local), []);
  const row = cells(APIService, local, 0);
  assert.deepEqual([row.Service, row.Available], ['Local', 'True']);
  const service = { namespace: 'n', name: 's' };
  const remote = created(APIService, { metadata: { name: 'v1.a.b' }, spec: { group: 'a.b', version: 'v1', ...priorities, service } });
  assert.equal(remote.spec.service.port, 443);
  assert.deepEqual(cells(APIService, remote, 0).Available, 'Unknown');
});

test('services that cannot be', () => {
  assert.deepEqual(problems(APIService, of('x', { group: 'a.b', version: 'v1', ...priorities })), [
    'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.a.b"',
  ]);
  assert.deepEqual(
    problems(
      APIService,
      of('v2.', { version: 'v2', groupPriorityMinimum: 20_001, versionPriority: 0, caBundle: 'YWJj', insecureSkipTLSVerify: true }),
    ),
    [
      'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
      'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
      'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
      'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ],
  );
});
