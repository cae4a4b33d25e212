import type { Bench } from '../line.ts';
import { LoadClient } from '../load.ts';
import { createNamespace } from './prepare.ts';

const count = 2000;
const namespace = 'bench';

const deployment = (index: number, image: string) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `app-${index}`, namespace, labels: { app: `app-${index}` } },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: `app-${index}` } },
      template: {
        metadata: { labels: { app: `app-${index}`, tier: 'backend' } },
        spec: {
          containers: [
            {
              name: 'api',
              image,
              ports: [{ name: 'http', containerPort: 8080 }],
              env: Array.from({ length: 8 }, (_, number) => ({ name: `SETTING_${number}`, value: `value of setting ${number}` })),
              resources: { requests: { cpu: '250m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
              readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 5 },
            },
          ],
        },
      },
    },
  });

export const apply: Bench = {
  about: 'server-side apply of Deployments: new ones, changed ones, unchanged ones',
  bars: { 'apply, new': { ratioAtLeast: 1.5 }, 'apply, changed': { ratioAtLeast: 1.5 }, 'apply, unchanged': { ratioAtLeast: 1.5 } },
  async run(server, report) {
    await using client = new LoadClient(server.target);
    await createNamespace(client, namespace);
    const send = (image: string) => (index: number) =>
      client.call('PATCH', `/apis/apps/v1/namespaces/${namespace}/deployments/app-${index}?fieldManager=bench`, {
        body: deployment(index, image),
        contentType: 'application/apply-patch+yaml',
      });
    await report.rate('apply, new', count, send('example.org/api:1'));
    await report.rate('apply, changed', count, send('example.org/api:2'));
    await report.rate('apply, unchanged', count, send('example.org/api:2'));
  },
};
