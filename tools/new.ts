import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Makes the file for a new kind, controller, scheduler plugin or command: `node tools/new.ts kind batch/CronJob`. */
const usage = 'usage: node tools/new.ts kind GROUP/Kind | controller NAME | plugin NAME | command NAME';
const root = join(import.meta.dirname, '../src');

const kebab = (name: string) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
const camel = (name: string) => kebab(name).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
const pascal = (name: string) => camel(name).replace(/^./, (letter) => letter.toUpperCase());

function kindFile(name: string): readonly [string, string] {
  const [group = '', kind = ''] = name.split('/');
  if (group === '' || kind === '') throw new Error(usage);
  const shapeName = `${camel(kind)}Spec`;
  return [
    `kinds/${group}/${kebab(kind)}.ts`,
    `import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ${shapeName} } from './shapes/${kebab(kind)}.ts';

/** Say in one sentence what a ${kind} is for. */
export const ${pascal(kind)} = defineKind({
  group: '${group === 'core' ? '' : group}',
  version: 'v1',
  kind: '${kind}',
  plural: '${kind.toLowerCase()}s',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.${group}.v1.${kind}',
  fields: { spec: object(2, ${shapeName}) },
});
export interface ${pascal(kind)} extends ObjectOf<typeof ${pascal(kind)}> {}
`,
  ];
}

const makers: Readonly<Record<string, (name: string) => readonly [string, string]>> = {
  kind: kindFile,
  controller: (name) => [
    `controllers/${kebab(name)}.ts`,
    `import { defineController } from '../client/controller.ts';
import { ConfigMap } from '../kinds/core/config-map.ts';

/** Say what it brings about, and the source of the rule. */
export const ${camel(name)} = defineController({
  name: '${kebab(name)}-controller',
  for: ConfigMap,
  can: [],
  async reconcile(key, { cache }) {
    const object = cache(ConfigMap).get(key);
    if (object === undefined) return undefined;
    return undefined;
  },
});
`,
  ],
  plugin: (name) => [
    `scheduler/plugins/${kebab(name)}.ts`,
    `import { definePlugin } from '../framework.ts';

/** Say what it refuses or prefers. Add it to profile.ts, where order and weight matter. */
export const ${camel(name)} = definePlugin({
  name: '${pascal(name)}',
  filter: () => undefined,
});
`,
  ],
  command: (name) => [
    `cli/commands/${kebab(name)}.ts`,
    `import { defineCommand } from '../command.ts';

/** \`skiff ${kebab(name)}\`: say what it does. */
export const ${camel(name)} = defineCommand({
  name: '${kebab(name)}',
  summary: 'Say what it does',
  async run({ io }) {
    io.out('done\\n');
    return 0;
  },
});
`,
  ],
};

const [what = '', name = ''] = process.argv.slice(2);
const maker = makers[what];
if (maker === undefined || name === '') {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}
const [file, text] = maker(name);
const path = join(root, file);
if (existsSync(path)) {
  process.stderr.write(`${path} exists already\n`);
  process.exit(1);
}
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, text);
process.stdout.write(`${relative(process.cwd(), path)}\n`);
