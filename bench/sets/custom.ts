import type { Bench } from '../line.ts';
import { LoadClient } from '../load.ts';
import { create, createNamespace, eventually } from './prepare.ts';

const namespace = 'bench';
const group = 'bench.example.org';
const rules = Array.from({ length: 20 }, (_, index) => ({
  rule:
    index % 2 === 0
      ? `self.items.all(item, item.weight >= ${index} || item.name.startsWith('item-'))`
      : `self.replicas >= 0 && self.replicas <= ${1000 + index}`,
  message: `rule ${index}`,
}));

const definition = (plural: string, kind: string, withRules: boolean) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                ...(withRules ? { 'x-kubernetes-validations': rules } : {}),
                properties: {
                  replicas: { type: 'integer', minimum: 0 },
                  image: { type: 'string', maxLength: 200 },
                  items: {
                    type: 'array',
                    maxItems: 20,
                    items: {
                      type: 'object',
                      properties: { name: { type: 'string', maxLength: 63 }, weight: { type: 'integer' } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
});
const object = (index: number, kind: string) => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: { name: `object-${index}`, namespace, labels: { app: `app-${index % 30}` } },
  spec: {
    replicas: index % 10,
    image: 'registry.example.org/team-a/api-server:v1.2.3',
    items: Array.from({ length: 10 }, (_, number) => ({ name: `item-${number}`, weight: number })),
  },
});
const pathOf = (plural: string) => `/apis/${group}/v1/namespaces/${namespace}/${plural}`;

async function define(client: LoadClient, plural: string, kind: string, withRules: boolean): Promise<void> {
  await create(client, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition(plural, kind, withRules));
  await eventually(() => client.call('GET', pathOf(plural)));
}

export const custom: Bench = {
  about: 'custom resources: create with and without 20 CEL rules, list of 10,000',
  bars: { 'create, 20 rules': { ratioAtLeast: 1 }, 'create, no rules': { ratioAtLeast: 1.5 }, 'list of 10,000': { ratioAtLeast: 2 } },
  async run(server, report) {
    await using client = new LoadClient(server.target);
    await createNamespace(client, namespace);
    await define(client, 'ruleds', 'Ruled', true);
    await define(client, 'plains', 'Plain', false);
    await report.rate('create, 20 rules', 3000, (index) => create(client, pathOf('ruleds'), object(index, 'Ruled')));
    await report.rate('create, no rules', 10_000, (index) => create(client, pathOf('plains'), object(index, 'Plain')));
    await report.rate('list of 10,000', 20, () => client.call('GET', pathOf('plains')), 4);
  },
};
