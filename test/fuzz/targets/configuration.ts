import { silentLogger } from '../../../src/base/log.ts';
import { formatYaml, parseYaml } from '../../../src/base/yaml.ts';
import { parseConfiguration } from '../../../src/kubelet/configuration.ts';
import { parseImageFile } from '../../../src/kubelet/images/image-file.ts';
import { parseManifest } from '../../../src/kubelet/static-pods/manifest.ts';
import { compileAuthentication, parseAuthenticationConfiguration } from '../../../src/server/authn/authentication-configuration.ts';
import { parseEncryptionConfiguration } from '../../../src/server/encryption/configuration.ts';
import { parseTokenFile } from '../../../src/server/authn/token-file.ts';
import { createAbac, parseAbacPolicies } from '../../../src/server/authz/abac.ts';
import { parseAuthorizationConfiguration } from '../../../src/server/authz/authorization-configuration.ts';
import { StatusError } from '../../../src/api/status.ts';
import { YAMLException } from 'js-yaml';
import { kinds, validOf } from '../lib/objects.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

const pod = kinds.find(({ kind }) => kind === 'Pod')!;

/** Files that administrators write: each input is read as every one of them. */
export const target: Target = {
  samples: () => [
    formatYaml({
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      jwt: [
        {
          issuer: { url: 'https://issuer.example', audiences: ['a', 'b'], audienceMatchPolicy: 'MatchAny' },
          claimMappings: {
            username: { expression: 'claims.sub' },
            groups: { claim: 'groups', prefix: 'x:' },
            extra: [{ key: 'a.b/c', valueExpression: 'claims.x' }],
          },
          claimValidationRules: [
            { claim: 'hd', requiredValue: 'a' },
            { expression: 'claims.exp > 0', message: 'm' },
          ],
          userValidationRules: [{ expression: "!user.username.startsWith('system:')" }],
        },
      ],
      anonymous: { enabled: true, conditions: [{ path: '/livez' }] },
    }),
    formatYaml({
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthorizationConfiguration',
      authorizers: [
        { type: 'Node', name: 'node' },
        {
          type: 'Webhook',
          name: 'w',
          webhook: {
            timeout: '3s',
            subjectAccessReviewVersion: 'v1',
            matchConditionSubjectAccessReviewVersion: 'v1',
            failurePolicy: 'NoOpinion',
            authorizedTTL: '5m',
            unauthorizedTTL: '30s',
            connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/x' },
            matchConditions: [{ expression: "request.user == 'a'" }],
          },
        },
      ],
    }),
    formatYaml({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      maxPods: 5,
      evictionHard: { 'memory.available': '5%' },
      systemReserved: { cpu: '1' },
    }),
    formatYaml(validOf(pod)),
    formatYaml({
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'EncryptionConfiguration',
      resources: [
        {
          resources: ['secrets', '*.apps'],
          providers: [
            { aescbc: { keys: [{ name: 'a', secret: btoa('x'.repeat(32)) }] } },
            { kms: { apiVersion: 'v2', name: 'k', endpoint: 'unix:///k.sock', timeout: '3s' } },
            { identity: {} },
          ],
        },
      ],
    }),
    '{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"a","readonly":true,"resource":"*","nonResourcePath":"/x*"}}\n# c\n{"user":"b"}\n',
    'token,user,uid,"group1,group2"\r\n"quoted ""token""",u,1\n\n',
    'base: busybox\ncmd: echo\nentrypoint: [a, b]\nenv: {A: 1}\nexposedPorts: [80, 53/udp]\n',
  ],
  words: [
    'apiVersion: ',
    'kind: ',
    '- ',
    ': ',
    'null',
    '[]',
    '{}',
    '"',
    ',',
    'jwt:\n',
    'spec: ',
    'constructor: 1\n',
    'toString: []\n',
    '5%',
    '-1',
    'x',
  ],
  check(input) {
    const text = textOf(input);
    const authentication = allow(() => parseAuthenticationConfiguration(text), Error);
    if (authentication !== undefined) compileAuthentication(authentication, []);
    allow(() => parseAuthorizationConfiguration(text), Error);
    for (const reloads of [true, false]) allow(() => parseEncryptionConfiguration(text, reloads), Error);
    const policies = allow(() => parseAbacPolicies(text, 'f'), Error);
    if (policies !== undefined) createAbac(policies);
    allow(() => parseTokenFile(text, 'f', silentLogger), Error);
    allow(() => parseManifest(text, 'f', 'node', '2026-01-02T00:00:00Z'), Error, StatusError, YAMLException);
    const [json] = allow(() => parseYaml(text), Error, YAMLException) ?? [];
    allow(() => parseConfiguration(json), Error);
    allow(() => parseImageFile(json), Error);
  },
};
