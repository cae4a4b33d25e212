import { sameJson } from '../../base/equal.ts';
import { isSaidEmpty } from '../decode.ts';
import type { Field, JsonValue } from '../schema.ts';
import { byEdge, type FieldSet } from './field-set.ts';
import { Duplicates, implied, isBlank, itemsOrDuplicates, type Member, mismatched, type Structure, structureOf } from './typed.ts';

type JsonObject = { readonly [key: string]: JsonValue };
type Struct = Extract<Structure, { type: 'struct' }>;

/**
 * The text of what a new value brings, less `unowned`: what `compare` with nothing finds, without the trees between. Most objects are written
 * once and owned by one manager, and this is most of what that costs.
 *
 * `before` is what stands for a field that is always there; undefined: the path itself is new, and counts. '' when nothing is new.
 * Throws UnkeyedItem.
 */
export function newFieldsText(field: Field, value: JsonValue, before: JsonValue | undefined, unowned: FieldSet | undefined): string {
  if (before === value) return '';
  const structure = structureOf(field, value);
  if (before !== undefined && field.type === 'any' && (before === null) !== (value === null)) return leafText;
  if (field.presence === undefined && before !== undefined && isBlank(before) && isSaidEmpty(value)) return leafText;
  if (structure.type === 'leaf' || isBlank(value) || mismatched(structure, value)) return textOfLeaf(value, before);
  const isNew = before === undefined;
  if (structure.type === 'list') {
    const children = new Map<string, string>();
    for (const [edge, item] of itemsOrDuplicates(value, structure.keys)) {
      const below = unowned?.children.get(edge);
      const text = item instanceof Duplicates ? leafText : newFieldsText(structure.of, item, undefined, below);
      children.set(edge, below?.member === true ? '' : text);
    }
    return textOfChildren(children, isNew);
  }
  return textOfDeclared(structure, value as JsonObject, isNew, unowned) ?? textOfAny(structure, value as JsonObject, isNew, unowned);
}
const leafText = '{}';
const textOfLeaf = (value: JsonValue, before: JsonValue | undefined) => (before !== undefined && sameJson(before, value) ? '' : leafText);

/** Of a struct that has only members which its schema declares; else undefined. */
function textOfDeclared({ members }: Struct, value: JsonObject, isNew: boolean, unowned: FieldSet | undefined): string | undefined {
  const found: Member[] = [];
  const texts: string[] = [];
  for (const name in value) {
    const child = value[name];
    if (child === undefined) continue;
    const member = members.get(name);
    if (member === undefined) return undefined;
    const without = unowned?.children.get(member.edge);
    const text = textOfMember(member, child, isNew, without);
    // What nobody can own was looked at too: an item without a key spoils it all.
    if (text === '' || without?.member === true) continue;
    let at = found.length;
    for (; at > 0 && found[at - 1]!.rank > member.rank; at--) {
      found[at] = found[at - 1]!;
      texts[at] = texts[at - 1]!;
    }
    found[at] = member;
    texts[at] = text;
  }
  let text = '';
  for (let index = 0; index < found.length; index++) text += `${text === '' ? '' : ','}${found[index]!.quotedEdge}:${texts[index]}`;
  return closed(text, isNew);
}
function textOfMember(
  { field, isScalar, implied: before }: Member,
  value: JsonValue,
  isNew: boolean,
  unowned: FieldSet | undefined,
): string {
  if (isScalar) return textOfLeaf(value, isNew ? undefined : before);
  return newFieldsText(field, value, isNew ? undefined : before, unowned);
}
function textOfAny(structure: Struct, value: JsonObject, isNew: boolean, unowned: FieldSet | undefined): string {
  const children = new Map<string, string>();
  for (const name in value) {
    const child = value[name];
    if (child === undefined) continue;
    const edge = structure.edge(name);
    const without = unowned?.children.get(edge);
    const below = structure.field(name);
    const before = !isNew && structure.isKnown(name) ? implied(below) : undefined;
    const text = newFieldsText(below, child, before, without);
    children.set(edge, without?.member === true ? '' : text);
  }
  return textOfChildren(children, isNew);
}
function textOfChildren(children: ReadonlyMap<string, string>, isNew: boolean): string {
  let text = '';
  for (const edge of [...children.keys()].sort(byEdge)) {
    const below = children.get(edge)!;
    if (below !== '') text += `${text === '' ? '' : ','}${JSON.stringify(edge)}:${below}`;
  }
  return closed(text, isNew);
}
function closed(text: string, isNew: boolean): string {
  if (text === '') return isNew ? leafText : '';
  return isNew ? `{".":{},${text}}` : `{${text}}`;
}
