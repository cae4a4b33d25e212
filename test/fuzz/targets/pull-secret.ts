import { credentialsFor } from '../../../src/kubelet/pull-secrets.ts';
import { type Target, textOf } from '../lib/target.ts';

const auths = {
  'https://index.docker.io/v1/': { auth: btoa('a:b') },
  '*.r.test:5000/team': { username: 'a', password: 'b' },
  'r.?.test': { identitytoken: 'x' },
};

/** What a secret for pulling images holds; the kubelet reads it on behalf of whoever wrote it. */
export const target: Target = {
  samples: () => [JSON.stringify({ auths }), JSON.stringify(auths)],
  words: [
    '*',
    '?',
    'http://',
    '/v1/',
    ':5000',
    '"auths":{',
    '"auth":',
    'null',
    '{}',
    '[]',
    '//',
    '\\u0000',
    'r.test',
    '.',
    '"a.b":{"username":"x"},',
  ],
  check(input) {
    const data = {
      '.dockerconfigjson': Buffer.from(textOf(input)).toString('base64'),
      '.dockercfg': Buffer.from(input).toString('base64'),
    };
    for (const type of ['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg'])
      for (const image of ['nginx', 'x.r.test:5000/team/app', `${'a'.repeat(60)}.test/app`]) credentialsFor(image, [{ type, data }]);
  },
};
