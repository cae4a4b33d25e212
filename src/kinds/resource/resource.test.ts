import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { cells, created, made, problems } from '../lib/testing.ts';
import { DeviceClass } from './device-class.ts';
import { ResourceClaim } from './resource-claim.ts';
import { ResourceClaimTemplate } from './resource-claim-template.ts';
import { ResourceSlice } from './resource-slice.ts';

const request = (more: object = {}) => ({ name: 'gpu', exactly: { deviceClassName: 'gpu.example.com', ...more } });
const claim = (devices: object = { requests: [request()] }, status: object = {}) => ({
  ...created(ResourceClaim, { spec: { devices } }),
  status,
});
const allocation = (more: object = {}) => ({
  devices: { results: [{ request: 'gpu', driver: 'd', pool: 'p', device: 'a', ...more }] },
});

test('a request asks for one device unless it says otherwise', () => {
  const made = claim({
    requests: [request(), { name: 'any', firstAvailable: [{ name: 'x', deviceClassName: 'c', allocationMode: 'All' }] }],
  });
  assert.deepEqual(made.spec.devices.requests[0].exactly, { deviceClassName: 'gpu.example.com', allocationMode: 'ExactCount', count: 1 });
  assert.deepEqual(made.spec.devices.requests[1].firstAvailable[0].count, undefined);
  assert.deepEqual(problems(ResourceClaim, made), []);
});

test('problems of claims, in upstream words', () => {
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{ requests: [{ name: 'a' }] }, ['spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required']],
    [
      { requests: [{ ...request(), firstAvailable: [{ name: 'x', deviceClassName: 'c' }] }] },
      [
        'spec.devices.requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
      ],
    ],
    [
      { requests: [request({ allocationMode: 'All', count: 2 }), request({ allocationMode: 'Some', deviceClassName: '' })] },
      [
        "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
        'spec.devices.requests[1].exactly.deviceClassName: Required value',
        'spec.devices.requests[1].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"',
        'spec.devices.requests[1]: Duplicate value: "gpu"',
      ],
    ],
    [
      { requests: [request()], constraints: [{ requests: ['cpu'], matchAttribute: 'numa' }, {}, { matchAttribute: '<' }] },
      [
        'spec.devices.constraints[0].requests[0]: Invalid value: "cpu": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
        'spec.devices.constraints[0].matchAttribute: Invalid value: "numa": a fully qualified name must be a domain and a name separated by a slash',
        'spec.devices.constraints[1]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
        `spec.devices.constraints[2].matchAttribute: Invalid value: "<": a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')`,
        'spec.devices.constraints[2].matchAttribute: Invalid value: "\\u003c": a fully qualified name must be a domain and a name separated by a slash',
      ],
    ],
    [
      { requests: [request()], config: [{ opaque: { driver: 'd', parameters: [1] } }, {}] },
      [
        'spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
        'spec.devices.config[1].opaque: Required value',
      ],
    ],
    [
      { requests: [request({ tolerations: [{ operator: 'Exists', value: 'x', effect: 'Odd' }] })] },
      [
        'spec.devices.requests[0].exactly.tolerations[0].value: Invalid value: "x": must be empty for operator `Exists`',
        'spec.devices.requests[0].exactly.tolerations[0].effect: Unsupported value: "Odd": supported values: "NoExecute", "NoSchedule", "None"',
      ],
    ],
    [
      { requests: Array.from({ length: 33 }, (_, index) => ({ ...request(), name: `r${index}` })) },
      ['spec.devices.requests: Too many: 33: must have at most 32 items'],
    ],
  ];
  for (const [devices, expected] of cases) assert.deepEqual(problems(ResourceClaim, claim(devices)), expected);
});

test('what is asked for never changes', () => {
  const [error, ...more] = problems(ResourceClaim, claim({ requests: [request({ count: 2 })] }), claim());
  assert.deepEqual(more, []);
  assert.match(
    error!,
    /^spec: Invalid value: \{"Devices":\{"Requests":\[\{"Name":"gpu","Exactly":\{"DeviceClassName":"gpu.example.com","Selectors":null,"AllocationMode":"ExactCount","Count":2,"AdminAccess":null,"Tolerations":null,"Capacity":null\},"FirstAvailable":null\}\],"Constraints":null,"Config":null\}\}: field is immutable$/,
  );
  const template = created(ResourceClaimTemplate, { spec: { spec: { devices: { requests: [request()] } } } });
  assert.deepEqual(problems(ResourceClaimTemplate, template), []);
  const named = created(ResourceClaimTemplate, { spec: { metadata: { name: 'x' }, spec: { devices: { requests: [request()] } } } });
  assert.deepEqual(problems(ResourceClaimTemplate, named), ['spec.metadata.name: Forbidden: cannot be set']);
  const [first, second] = problems(ResourceClaimTemplate, named, template);
  assert.equal(first, 'spec.metadata.name: Forbidden: cannot be set');
  assert.match(second!, /^spec: Invalid value: .*: field is immutable$/);
});

test('an allocation is made or unmade, never changed', () => {
  const status = (next: object, before: object = {}) => problems(ResourceClaim, claim(undefined, next), claim(undefined, before), 'status');
  assert.deepEqual(status({ allocation: allocation() }), []);
  assert.deepEqual(status({}, { allocation: allocation() }), []);
  assert.match(
    status({ allocation: allocation({ device: 'b' }) }, { allocation: allocation() }).join(),
    /^status.allocation: .*: field is immutable$/,
  );
  assert.deepEqual(status({ reservedFor: [{ resource: 'pods', name: 'a', uid: 'u' }] }), [
    'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
  ]);
  assert.deepEqual(status({ allocation: allocation({ request: 'no', driver: '', pool: 'a//b', shareID: 'x' }) }), [
    'status.allocation.devices.results[0].request: Invalid value: "no": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
    'status.allocation.devices.results[0].driver: Required value',
    "status.allocation.devices.results[0].pool: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    'status.allocation.devices.results[0].shareID: Invalid value: "x": error validating uid: invalid UUID length: 1',
  ]);
  const device = { driver: 'd', pool: 'p', device: 'z', networkData: { ips: ['10.0.0.1', '::ffff:10.0.0.1/120'] } };
  assert.deepEqual(status({ allocation: allocation(), devices: [device] }), [
    'status.devices[0]: Invalid value: {"Driver":"d","Pool":"p","Device":"z","ShareID":""}: must be an allocated device in the claim',
    'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
    'status.devices[0].networkData.ips[1]: Invalid value: "::ffff:10.0.0.1/120": must be in canonical form ("10.0.0.1/24")',
  ]);
});

test('statuses of devices go with their allocation', () => {
  const device = { driver: 'd', pool: 'p', device: 'a' };
  const old = claim(undefined, { allocation: allocation(), devices: [device] });
  const draft = structuredClone(old);
  delete draft.status.allocation;
  ResourceClaim.strategy.prepareForUpdate!(draft, old, { subresource: 'status', clock: new VirtualClock() });
  assert.equal(draft.status.devices, undefined);
  assert.equal(cells(ResourceClaim, old, 0).State, 'allocated');
  assert.equal(cells(ResourceClaim, draft, 0).State, 'pending');
});

test('device classes', () => {
  const plain = made(DeviceClass, { spec: { selectors: [{ cel: { expression: 'true' } }], extendedResourceName: 'example.com/gpu' } });
  assert.deepEqual(problems(DeviceClass, plain), []);
  assert.deepEqual(problems(DeviceClass, made(DeviceClass, { spec: { selectors: [{}], extendedResourceName: 'cpu' } })), [
    'spec.selectors[0].cel: Required value',
    'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
  ]);
});

const slice = (more: object = {}, device: object = {}) =>
  created(ResourceSlice, {
    spec: {
      driver: 'd.example.com',
      pool: { name: 'p', generation: 0, resourceSliceCount: 1 },
      nodeName: 'n',
      devices: [{ name: 'a', ...device }],
      ...more,
    },
  });

test('slices', () => {
  assert.deepEqual(problems(ResourceSlice, slice()), []);
  assert.equal(ResourceSlice.strategy.selectableFields!['spec.nodeName']!(slice()), 'n');
  assert.match(slice({}, { taints: [{ key: 'k', effect: 'NoSchedule' }] }).spec.devices[0].taints[0].timeAdded, /^\d{4}-/);
  const cases: readonly (readonly [object, object, readonly string[]])[] = [
    [
      { nodeName: undefined },
      {},
      ['spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'],
    ],
    [
      { allNodes: true },
      {},
      [
        'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
      ],
    ],
    [
      { sharedCounters: [{ name: 's', counters: { a: { value: '1' } } }] },
      {},
      ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed'],
    ],
    [
      {},
      { attributes: { version: { version: '1.2' }, 'no/': { string: 'x' } } },
      [
        'spec.devices[0].attributes: Invalid value: "": the name must not be empty',
        'spec.devices[0].attributes[version].version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0',
      ],
    ],
    [
      {},
      { attributes: { both: { string: 'x', int: 1 } } },
      [
        'spec.devices[0].attributes[both]: Invalid value: {"IntValue":1,"BoolValue":null,"StringValue":"x","VersionValue":null,"IntValues":null,"BoolValues":null,"StringValues":null,"VersionValues":null}: exactly one value must be specified',
      ],
    ],
    [
      {},
      { capacity: { memory: { value: '4Gi', requestPolicy: { default: '1Gi', validRange: { min: '1Gi' } } } } },
      ['spec.devices[0].capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true'],
    ],
    [
      {},
      {
        allowMultipleAllocations: true,
        capacity: { memory: { value: '4Gi', requestPolicy: { default: '3Gi', validRange: { min: '1Gi', max: '5Gi', step: '4Gi' } } } },
      },
      [
        'spec.devices[0].capacity[memory].requestPolicy.validRange.max: Invalid value: "5Gi": max is larger than capacity value: 4Gi',
        'spec.devices[0].capacity[memory].requestPolicy.validRange.step: Invalid value: "4Gi": one step 5Gi is larger than capacity value: 4Gi',
        'spec.devices[0].capacity[memory].requestPolicy.validRange.step: Invalid value: "3Gi": value is not a multiple of a given step (4Gi) from (1Gi)',
      ],
    ],
    [
      {},
      { nodeName: 'n' },
      [
        'spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      ],
    ],
    [
      {},
      { bindingConditions: ['a', 'a'] },
      [
        'spec.devices[0].bindingConditions[1]: Duplicate value: "a"',
        'spec.devices[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions',
      ],
    ],
  ];
  for (const [spec, device, expected] of cases) assert.deepEqual(problems(ResourceSlice, slice(spec, device)), expected);
  const now = made(ResourceSlice, { spec: { ...slice().spec, devices: [{ name: 'a', nodeAllocatableResourceMappings: { cpu: {} } }] } });
  ResourceSlice.strategy.prepareForUpdate!(now, slice(), { clock: new VirtualClock(), subresource: '' });
  assert.deepEqual([now.metadata.generation, now.spec.devices[0].nodeAllocatableResourceMappings], [1, undefined]);
  assert.deepEqual(problems(ResourceSlice, slice({ nodeName: 'm' }), slice()), ['spec.nodeName: Invalid value: "m": field is immutable']);
});
