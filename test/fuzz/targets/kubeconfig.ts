import { YAMLException } from 'js-yaml';
import { VirtualClock } from '../../../src/base/clock.ts';
import { formatYaml } from '../../../src/base/yaml.ts';
import { UserError } from '../../../src/cli/command.ts';
import { parseKubeconfig, withCluster, withoutCluster } from '../../../src/cli/lib/kubeconfig.ts';
import { parseWebhookUsers } from '../../../src/server/admission/lib/webhook-admission.ts';
import { parseRemoteKubeconfig } from '../../../src/server/lib/remote-kubeconfig.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

const path = '/nowhere/kubeconfig';
const clock = new VirtualClock();
const config = (user: object, cluster: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'it', cluster: { server: 'https://it:1', 'certificate-authority-data': btoa('ca'), ...cluster } }],
  users: [{ name: 'us', user }],
  contexts: [{ name: 'c', context: { cluster: 'it', user: 'us' } }],
  'current-context': 'c',
});

/** Kubeconfigs: of webhooks, of whom the server is to webhooks of admission, and the user's own, which ours is put into. */
export const target: Target = {
  samples: () => [
    formatYaml(config({ token: 't' })),
    formatYaml(config({ username: 'u', password: 'p' }, { 'tls-server-name': 'x', 'insecure-skip-tls-verify': true })),
    formatYaml(config({ 'client-certificate-data': btoa('c'), 'client-key-data': btoa('k') })),
    formatYaml(
      config({
        exec: {
          command: './x',
          args: ['a'],
          env: [{ name: 'A', value: 'b' }],
          apiVersion: 'client.authentication.k8s.io/v1',
          interactiveMode: 'Never',
          provideClusterInfo: true,
        },
      }),
    ),
    formatYaml({
      users: [
        { name: '*', user: { token: 't' } },
        { name: '*.svc', user: { 'auth-provider': { name: 'gcp' } } },
      ],
    }),
  ],
  words: [
    'users: ',
    'user: ',
    'exec: ',
    'name: ',
    '- ',
    ': ',
    '[]',
    '{}',
    'null',
    '"',
    '*',
    '*.',
    '1',
    'true',
    '\n  ',
    'current-context: c\n',
  ],
  check(input) {
    const text = textOf(input);
    allow(() => parseRemoteKubeconfig(text, path), Error, YAMLException);
    const userOf = allow(() => parseWebhookUsers(text, path, clock), Error, YAMLException);
    for (const at of ['a.b.svc:443', 'x:1', '', '.']) userOf?.(at);
    const own = allow(() => parseKubeconfig(text, path), Error, UserError, YAMLException);
    if (own !== undefined) formatYaml(withoutCluster(withCluster(own, config({ token: 't' })), config({ token: 't' })));
  },
};
