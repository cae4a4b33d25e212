import { formatYaml } from '../base/yaml.ts';
import type { KeyPair } from '../server/certs/certificate.ts';

/** A kubeconfig for the administrator of the cluster at `url`, whose server's authority is `ca` (PEM). */
export function adminKubeconfig(url: string, ca: string, admin: KeyPair): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return formatYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'skiff', cluster: { server: url, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name: 'skiff',
        user: { 'client-certificate-data': base64(admin.certificatePem), 'client-key-data': base64(admin.privateKeyPem) },
      },
    ],
    contexts: [{ name: 'skiff', context: { cluster: 'skiff', user: 'skiff' } }],
    'current-context': 'skiff',
  });
}
