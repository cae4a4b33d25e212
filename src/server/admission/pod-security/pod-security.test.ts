import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPodSecurityConfiguration } from './configuration.ts';
import { latest, type LevelVersion, parseVersion, policyOf, showLevel } from './levels.ts';
import { detailsText, violationsOf } from './standards.ts';

const at = (level: LevelVersion['level'], version = 'latest'): LevelVersion => ({ level, version: parseVersion(version)! });
const told = (level: LevelVersion, spec: object, annotations: Record<string, string> = {}) =>
  detailsText(violationsOf(level, { annotations, spec: spec as never }));
const one = (securityContext: object, more: object = {}) => ({ containers: [{ name: 'c', securityContext, ...more }] });
const restricted = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
  capabilities: { drop: ['ALL'] },
};

test('nothing is wrong with what asks for nothing, or is allowed everything', () => {
  assert.equal(told(at('baseline'), one({})), '');
  assert.equal(told(at('restricted'), one(restricted)), '');
  assert.equal(told(at('privileged'), one({ privileged: true })), '');
});

test('baseline, one row for each check', () => {
  const rows: readonly [object, string, Record<string, string>?][] = [
    [{ ...one({}), hostNetwork: true, hostIPC: true }, 'host namespaces (hostNetwork=true, hostIPC=true)'],
    [one({ privileged: true }), 'privileged (container "c" must not set securityContext.privileged=true)'],
    [
      { containers: ['a', 'b'].map((name) => ({ name, securityContext: { capabilities: { add: ['SYS_ADMIN', 'CHOWN', 'NET_RAW'] } } })) },
      'non-default capabilities (containers "a", "b" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
    [{ ...one({}), volumes: [{ name: 'v', hostPath: {} }] }, 'hostPath volumes (volume "v")'],
    [one({}, { ports: [{ hostPort: 9 }, { hostPort: 80 }, {}] }), 'hostPort (container "c" uses hostPorts 80, 9)'],
    [
      one({}, { livenessProbe: { httpGet: { host: 'h' } }, lifecycle: { preStop: { tcpSocket: { host: 'h' } } } }),
      'probe or lifecycle host (container "c" uses probe or lifecycle host "h")',
    ],
    [one({ procMount: 'Unmasked' }), 'procMount (container "c" must not set securityContext.procMount to "Unmasked")'],
    [
      { ...one({ seLinuxOptions: { type: 'x', user: 'u' } }), securityContext: { seLinuxOptions: { role: 'r' } } },
      'seLinuxOptions (pod and container "c" set forbidden securityContext.seLinuxOptions: type "x"; user may not be set; role may not be set)',
    ],
    [
      one({ seccompProfile: { type: 'Unconfined' } }),
      'seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [{ ...one({}), securityContext: { sysctls: [{ name: 'kernel.x' }, { name: 'net.ipv4.tcp_rmem' }] } }, 'forbidden sysctls (kernel.x)'],
    [
      one({ windowsOptions: { hostProcess: true } }),
      'hostProcess (container "c" must not set securityContext.windowsOptions.hostProcess=true)',
    ],
    [
      one({ appArmorProfile: { type: 'Unconfined' } }),
      'forbidden AppArmor profiles (container "c" and annotation must not set AppArmor profile type to "Unconfined", "container.apparmor.security.beta.kubernetes.io/c="unconfined"")',
      { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' },
    ],
  ];
  for (const [spec, expected, annotations] of rows) assert.equal(told(at('baseline'), spec, annotations), expected);
});

test('restricted tells everything at once, in its order', () => {
  assert.equal(
    told(at('restricted'), { ...one({ runAsUser: 0, capabilities: { add: ['CHOWN'] } }), volumes: [{ name: 'v', nfs: {} }] }),
    [
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
      'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]; container "c" must not include "CHOWN" in securityContext.capabilities.add)',
      'restricted volume types (volume "v" uses restricted volume type "nfs")',
      'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
      'runAsUser=0 (container "c" must not set runAsUser=0)',
      'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ].join(', '),
  );
});

test('versions: a check holds from its own on', () => {
  const probe = one({}, { livenessProbe: { httpGet: { host: 'h' } } });
  assert.equal(told(at('baseline', 'v1.33'), probe), '');
  assert.notEqual(told(at('baseline', 'v1.34'), probe), '');
  assert.notEqual(told(at('baseline', 'v1.99'), probe), '');
  const windows = { ...one({ runAsNonRoot: true }), os: { name: 'windows' } };
  assert.notEqual(told(at('restricted', 'v1.24'), windows), '');
  assert.equal(told(at('restricted', 'v1.25'), windows), '');
  const inUserNamespace = { ...one({ ...restricted, runAsNonRoot: false, runAsUser: 0 }), hostUsers: false };
  assert.notEqual(told(at('restricted', 'v1.34'), inUserNamespace), '');
  assert.equal(told(at('restricted', 'v1.35'), inUserNamespace), '');
  assert.match(
    told(at('baseline', 'v1.18'), one({}), { 'seccomp.security.alpha.kubernetes.io/pod': 'x' }),
    /^seccompProfile \(forbidden annotation/,
  );
});

test("labels say the policy; what can't be read is on the safe side", () => {
  const { defaults } = readPodSecurityConfiguration(undefined);
  const of = (labels: Record<string, string>) => {
    const prefixed = Object.fromEntries(Object.entries(labels).map(([name, value]) => [`pod-security.kubernetes.io/${name}`, value]));
    const { policy, errors } = policyOf(prefixed, defaults);
    return [
      showLevel(policy.enforce),
      showLevel(policy.audit),
      showLevel(policy.warn),
      ...errors.map(({ path, text }) => `${path}: ${text}`),
    ];
  };
  assert.deepEqual(of({}), ['privileged:latest', 'privileged:latest', 'privileged:latest']);
  assert.deepEqual(of({ enforce: 'baseline', 'enforce-version': 'v1.30' }), ['baseline:v1.30', 'privileged:latest', 'baseline:v1.30']);
  assert.deepEqual(of({ enforce: 'baseline', warn: 'privileged' }), ['baseline:latest', 'privileged:latest', 'privileged:latest']);
  assert.deepEqual(of({ enforce: 'odd', 'warn-version': 'v2.1' }), [
    'restricted:latest',
    'privileged:latest',
    'privileged:latest',
    'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "odd": must be one of privileged, baseline, restricted',
    'metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "v2.1": must be "latest" or "v1.x"',
  ]);
});

test('configuration', () => {
  const typed = { apiVersion: 'pod-security.admission.config.k8s.io/v1', kind: 'PodSecurityConfiguration' };
  const { defaults, exemptions } = readPodSecurityConfiguration({
    ...typed,
    defaults: { enforce: 'baseline', 'warn-version': 'v1.3' },
    exemptions: { namespaces: ['kube-system'] },
  });
  assert.deepEqual(defaults.enforce, { level: 'baseline', version: latest });
  assert.deepEqual(defaults.warn, { level: 'privileged', version: 3 });
  assert.deepEqual(exemptions, { usernames: [], namespaces: ['kube-system'], runtimeClasses: [] });
  const refused = (given: object, message: string) => assert.throws(() => readPodSecurityConfiguration(given), { message });
  refused({ ...typed, odd: 1 }, 'strict decoding error: unknown field "odd"');
  refused(
    { ...typed, kind: 'Odd' },
    'no kind "Odd" is registered for version "pod-security.admission.config.k8s.io/v1" in scheme "pkg/runtime/scheme.go:111"',
  );
  refused(
    { ...typed, defaults: { audit: 'x' }, exemptions: { usernames: ['a', 'a'] } },
    'PodSecurity invalid: [defaults.audit: Invalid value: "x": must be one of privileged, baseline, restricted, exemptions.usernames[1]: Duplicate value: "a"]',
  );
});
