/**
 * Writes the shape files of the built-in kinds from the published Go API types: names, wire types, protobuf tags, presence,
 * list and patch rules, enums. No prose is taken over. The files are kept by hand after their first generation, so this
 * refuses to replace one unless told to.
 *
 *   node tools/generate-shapes.ts <k8s.io/api folder> <k8s.io/apimachinery folder> [--replace] [group/file ...]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseGo, type GoField, type GoPackage, type GoStruct } from './lib/go-types.ts';
import { placement } from './lib/shape-files.ts';

const out = join(import.meta.dirname, '../src/kinds');
const [apiDir, machineryDir, ...rest] = process.argv.slice(2);
if (apiDir === undefined || machineryDir === undefined)
  throw new Error('usage: generate-shapes.ts <api folder> <apimachinery folder> [--replace] [group/file ...]');
const replace = rest.includes('--replace');
const only = rest.filter((argument) => argument !== '--replace');

const packages = new Map<string, GoPackage>();
/** 'autoscaling@v2' -> group and version; v1 is not said. */
const groupVersion = (id: string): readonly [group: string, version: string] => {
  const [group, version = 'v1'] = id.split('@') as [string, string?];
  return [group, version];
};
for (const id of Object.keys(placement).map((file) => file.split('/')[0]!)) {
  if (id === 'meta' || packages.has(id)) continue;
  packages.set(id, parseGo(readFileSync(join(apiDir, ...groupVersion(id), 'types.go'), 'utf8')));
}
packages.set('meta', parseGo(readFileSync(join(machineryDir, 'pkg/apis/meta/v1/types.go'), 'utf8')));

/** 'HTTPGetAction' -> 'httpGetAction', 'PodIP' -> 'podIP'. */
const constantName = (type: string) => type.replace(/^([A-Z]+)(?=[A-Z][a-z]|$)|^[A-Z]/, (run) => run.toLowerCase());

const metaShapes = [
  'ObjectMeta',
  'ListMeta',
  'LabelSelector',
  'LabelSelectorRequirement',
  'OwnerReference',
  'Condition',
  'ManagedFieldsEntry',
];
const scalars: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  int: 'int64',
  float64: 'double',
  '[]byte': 'bytes',
  'metav1.Time': 'time',
  'metav1.MicroTime': 'microTime',
  'metav1.Duration': 'duration',
  'resource.Quantity': 'quantity',
  'intstr.IntOrString': 'intOrString',
  'runtime.RawExtension': 'any',
  'types.UID': 'string',
  'metav1.ConditionStatus': 'string',
  'types.NodeName': 'string',
  'metav1.DeletionPropagation': 'string',
};

interface Output {
  readonly dsl: Set<string>;
  readonly meta: Set<string>;
  readonly shapes: Map<string, Set<string>>;
}
interface Place {
  readonly id: string;
  readonly file: string;
}

/** Where a struct's shape lives: its file, relative to src/kinds. */
function fileOf(id: string, type: string): string {
  for (const [file, types] of Object.entries(placement)) {
    const [group, name] = file.split('/');
    if (types.includes(type) && (group === id || (id === 'meta' && ['policy', 'authorization'].includes(group!))))
      return `${groupVersion(group!)[0]}/shapes/${name}.ts`;
  }
  throw new Error(`${id}.${type} has no file: add it to the table in lib/shape-files.ts`);
}

function shapeReference(place: Place, id: string, type: string, output: Output): string {
  const name = constantName(type);
  if (id === 'meta' && metaShapes.includes(type)) output.meta.add(name);
  else {
    const file = fileOf(id, type);
    if (file !== place.file) output.shapes.set(file, (output.shapes.get(file) ?? new Set()).add(name));
  }
  return name;
}

const literal = (value: unknown): string => (Array.isArray(value) ? `[${value.map(literal).join(', ')}]` : `'${String(value)}'`);
const options = (rules: Readonly<Record<string, unknown>>) => {
  const set = Object.entries(rules).filter(([, value]) => value !== undefined);
  return set.length === 0 ? '' : `, { ${set.map(([key, value]) => `${key}: ${literal(value)}`).join(', ')} }`;
};

/** The DSL text of a Go type; `rules` are the markers of the field it stands in. */
function expression(place: Place, goType: string, tag: number, field: GoField | undefined, output: Output): string {
  const call = (name: string, args: string) => {
    output.dsl.add(name);
    return `${name}(${args})`;
  };
  let type = goType.replace(/^\*/, '');
  let id = place.id;
  const patch = { patchStrategy: field?.patchStrategy, mergeKey: field?.mergeKey };
  const scalar = scalars[type] ?? (id === 'meta' ? scalars[`metav1.${type}`] : undefined);
  if (scalar !== undefined) return call(scalar, `${tag}`);
  if (type.startsWith('[]'))
    return call(
      'list',
      `${tag}, ${expression(place, type.slice(2), 0, undefined, output)}${options({ listType: field?.listType, listKeys: field?.listKeys, ...patch })}`,
    );
  const mapped = /^map\[[\w.]+\](.+)$/.exec(type);
  if (mapped)
    return call(
      'map',
      `${tag}, ${expression(place, mapped[1]!, 0, undefined, output)}${options({ mapType: field?.mapType, patchStrategy: patch.patchStrategy })}`,
    );
  const qualified = /^(metav1|v1|corev1)\.(\w+)$/.exec(type);
  if (qualified) [id, type] = [qualified[1] === 'metav1' ? 'meta' : 'core', qualified[2]!];
  const source = packages.get(id)!;
  const alias = source.aliases.get(type);
  if (alias !== undefined && alias !== 'string') return expression({ ...place, id }, alias, tag, field, output);
  if (alias === 'string') {
    const values = source.enums.has(type) ? (source.constants.get(type) ?? []) : [];
    return call('string', `${tag}${values.length === 0 ? '' : `, { enum: ${literal(values)} }`}`);
  }
  if (!source.structs.has(type)) throw new Error(`unknown type ${id}.${type}`);
  const name = shapeReference(place, id, type, output);
  if (tag === 0) return call('of', name);
  return call('object', `${tag}, ${name}${options({ mapType: field?.mapType, patchStrategy: patch.patchStrategy })}`);
}

function presence(place: Place, field: GoField): 'opt' | 'ptr' | 'nullable' | undefined {
  const type = field.type.replace(/^(metav1|v1|corev1)\./, '');
  if (field.type.startsWith('*')) return field.omitempty || field.omitzero ? 'ptr' : 'nullable';
  if (field.omitzero) return 'opt';
  if (!field.omitempty) return undefined;
  const isStruct = packages.get(place.id)!.structs.has(type) || packages.get('core')!.structs.has(type) || metaShapes.includes(type);
  const kept = isStruct || /^(metav1\.(Time|MicroTime)|resource\.Quantity|intstr\.IntOrString|runtime\.RawExtension)$/.test(field.type);
  return kept && !/^(\[|map)/.test(field.type) ? undefined : 'opt';
}

function fieldLines(place: Place, struct: GoStruct, output: Output): readonly string[] {
  return struct.fields.flatMap((field) => {
    if (field.inline) {
      const inner = packages.get(place.id)!.structs.get(field.type);
      if (inner === undefined || field.type === 'TypeMeta') return [];
      const lines = fieldLines(place, inner, output);
      if (field.tag === 0) return lines;
      output.dsl.add('embedded');
      return [`...embedded(${field.tag}, { ${lines.join(' ')} }, '${field.type}'),`];
    }
    const text = expression(place, field.type, field.tag, field, output);
    return [`${field.name}: ${withRules(place, field, text, output)},`];
  });
}
function withRules(place: Place, field: GoField, text: string, output: Output): string {
  const wrap = presence(place, field);
  // What `isRequired` of the schema makes of it without a word.
  const required = wrap === undefined && !/\bobject\(/.test(text.slice(0, 7));
  const word = required === field.optional ? (field.optional ? 'optional' : 'required') : undefined;
  let result = text;
  for (const name of [wrap, word]) {
    if (name === undefined) continue;
    output.dsl.add(name);
    result = `${name}(${result})`;
  }
  const value = field.default === undefined ? undefined : defaultText(place, field.default);
  // The zero of a field that is always there is its default anyway.
  if (value === undefined || (wrap === undefined && ["''", '0', 'false'].includes(value))) return result;
  output.dsl.add('byDefault');
  return `byDefault(${value}, ${result})`;
}
/** `"TCP"` or `ref(ConstantName)`. */
function defaultText(place: Place, text: string): string {
  const constant = /^ref\((\w+)\)$/.exec(text)?.[1];
  return constant === undefined ? text.replaceAll('"', "'") : `'${packages.get(place.id)!.values.get(constant) ?? constant}'`;
}
/** `unions` of a struct that is one: every field but the discriminator is a member. */
function unionRule({ fields, union }: GoStruct): string {
  if (!union) return '';
  const discriminator = fields.find((field) => field.discriminator);
  const members = fields.filter((field) => field !== discriminator).map((field) => `${field.name}: '${field.goName}'`);
  return `unions: [{ ${discriminator === undefined ? '' : `discriminator: '${discriminator.name}', `}members: { ${members.join(', ')} } }]`;
}

function shapeText(place: Place, type: string, output: Output): string {
  const struct = packages.get(place.id)!.structs.get(type)!;
  const lines = fieldLines(place, struct, output).map((line) => `  ${line}`);
  const constant = constantName(type);
  const prefix = place.id === 'meta' ? 'io.k8s.apimachinery.pkg.apis.meta.v1' : `io.k8s.api.${groupVersion(place.id).join('.')}`;
  const body = lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n}`;
  const rules = [struct.atomic ? "mapType: 'atomic'" : '', unionRule(struct)].filter((rule) => rule !== '').join(', ');
  return `export const ${constant} = shape('${prefix}.${type}', ${body}${rules === '' ? '' : `, { ${rules} }`});\nexport interface ${type} extends ShapeOf<typeof ${constant}> {}\n`;
}

function relativeImport(from: string, to: string): string {
  return dirname(from) === dirname(to) ? `./${to.slice(dirname(to).length + 1)}` : `../../${to}`;
}

for (const [key, types] of Object.entries(placement)) {
  const [group, name] = key.split('/') as [string, string];
  if (only.length > 0 && !only.includes(key)) continue;
  const file = `${groupVersion(group)[0]}/shapes/${name}.ts`;
  const path = join(out, file);
  if (existsSync(path) && !replace) continue;
  const output: Output = { dsl: new Set(['shape']), meta: new Set(), shapes: new Map() };
  const texts = types.map((type) => shapeText({ id: packages.get(group)!.structs.has(type) ? group : 'meta', file }, type, output));
  const imports = [
    ...(output.meta.size === 0 ? [] : [`import { ${[...output.meta].sort().join(', ')} } from '../../../api/meta.ts';`]),
    `import { ${[...output.dsl].sort().join(', ')}, type ShapeOf } from '../../../api/schema.ts';`,
    ...[...output.shapes].sort().map(([from, names]) => `import { ${[...names].sort().join(', ')} } from '${relativeImport(file, from)}';`),
  ];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${imports.join('\n')}\n\n${texts.join('\n')}`);
}
