import { type AnyKind, messageShape } from '../../src/api/kind.ts';
import type { Field, FieldType, Shape } from '../../src/api/schema.ts';

/** A field of a Go struct, as tools/upstream-codec tells of it. */
interface GoField {
  readonly name: string;
  readonly type: string;
  readonly ref?: string;
  readonly pointer?: boolean;
  readonly omitempty?: boolean;
  readonly omitzero?: boolean;
  readonly inline?: boolean;
  readonly tag?: string;
  readonly elem?: GoField;
}
export interface GoTypes {
  /** The struct of each 'group/version/Kind'. */
  readonly roots: Readonly<Record<string, string>>;
  readonly structs: Readonly<Record<string, readonly GoField[]>>;
}
type Placed = GoField & { readonly around?: readonly string[] };

const plainTypes: Readonly<Record<string, FieldType>> = { int: 'int64', float64: 'double' };
const customSchema = 'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON';
const ownTypes: Readonly<Record<string, FieldType>> = {
  [customSchema]: 'any',
  [`${customSchema}SchemaPropsOrArray`]: 'either',
  [`${customSchema}SchemaPropsOrBool`]: 'either',
  [`${customSchema}SchemaPropsOrStringArray`]: 'either',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Time': 'time',
  'k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime': 'microTime',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Duration': 'duration',
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'quantity',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'intOrString',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'any',
  'k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1': 'any',
};
const typeOf = ({ type, ref = '' }: GoField): string => (type === 'struct' ? (ownTypes[ref] ?? 'object') : (plainTypes[type] ?? type));
function presenceOf({ type, pointer, omitempty, omitzero }: GoField): string {
  if (pointer === true) return omitempty === true || omitzero === true ? 'ptr' : 'nullable';
  return omitzero === true || (omitempty === true && type !== 'struct') ? 'opt' : 'always';
}
const nameIn = (ref: string) => ref.slice(ref.lastIndexOf('.') + 1);

/** What differs between the shapes of kinds and Go's structs: fields, their order, tags, types, presence and embedding. */
export function compareShapes(kinds: readonly AnyKind[], { roots, structs }: GoTypes): readonly string[] {
  const lines: string[] = [];
  const seen = new Set<Shape>();
  const fieldsOf = (struct: string): readonly Placed[] =>
    structs[struct]!.flatMap((field): readonly Placed[] => {
      if (field.inline !== true) return [field];
      if (field.ref!.endsWith('.TypeMeta')) return [];
      const step = field.tag ? [`${field.tag} ${nameIn(field.ref!)}`] : [];
      return fieldsOf(field.ref!).map((inner) => ({ ...inner, around: [...step, ...(inner.around ?? [])] }));
    });
  const compareField = (path: string, field: Field, go: GoField) => {
    if (field.type !== typeOf(go)) lines.push(`${path}: is ${field.type}, not ${typeOf(go)}`);
    else if (field.type === 'object') compareShape(field.shape!, go.ref!);
    else if (field.of !== undefined) compareField(`${path}[]`, field.of, go.elem!);
  };
  const compareShape = (shape: Shape, struct: string) => {
    if (seen.has(shape)) return;
    seen.add(shape);
    const wanted = fieldsOf(struct);
    // apiVersion and kind of an object within another are in its shape, and not in a message.
    const own = Object.entries(shape.fields).filter(([, { tag }]) => tag !== 0);
    const [have, want] = [own.map(([name]) => name).join(), wanted.map(({ name }) => name).join()];
    if (have !== want) lines.push(`${shape.name}: has ${have}, not ${want}`);
    for (const go of wanted) {
      const field = shape.fields[go.name];
      if (field === undefined) continue;
      const path = `${shape.name}.${go.name}`;
      const around = (field.within ?? []).map(({ tag, name }) => `${tag} ${name}`).join();
      if (String(field.tag) !== go.tag || around !== (go.around ?? []).join())
        lines.push(`${path}: tag ${around}/${field.tag}, not ${go.around}/${go.tag}`);
      const presence = field.nullable === true ? 'nullable' : (field.presence ?? 'always');
      if (presence !== presenceOf(go)) lines.push(`${path}: ${presence}, not ${presenceOf(go)}`);
      compareField(path, field, go);
    }
  };
  for (const kind of kinds) {
    const root = roots[`${kind.group}/${kind.version}/${kind.kind}`];
    if (root === undefined) lines.push(`${kind.group}/${kind.version} ${kind.kind}: upstream has no such type`);
    else compareShape(messageShape(kind), root);
  }
  return lines;
}
