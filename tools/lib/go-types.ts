/** A reader of the small part of Go that API type files use. */
export interface GoField {
  /** The JSON name; '' for inlined structs. */
  readonly name: string;
  readonly type: string;
  readonly tag: number;
  readonly inline: boolean;
  readonly omitempty: boolean;
  readonly omitzero: boolean;
  readonly listType: string | undefined;
  readonly listKeys: readonly string[] | undefined;
  readonly mapType: string | undefined;
  readonly patchStrategy: string | undefined;
  readonly mergeKey: string | undefined;
  /** Marked +optional, or with omitempty: OpenAPI does not list it as required. */
  readonly optional: boolean;
  /** JSON text of +default. */
  readonly default: string | undefined;
  /** The field's name in Go, as unions name their members. */
  readonly goName: string;
  readonly discriminator: boolean;
}
export interface GoStruct {
  readonly fields: readonly GoField[];
  readonly atomic: boolean;
  readonly union: boolean;
}
export interface GoPackage {
  readonly structs: ReadonlyMap<string, GoStruct>;
  /** Named types that are no structs: 'ResourceList' -> 'map[ResourceName]resource.Quantity'. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Names of types marked +enum. */
  readonly enums: ReadonlySet<string>;
  /** Values of the constants of a named string type. */
  readonly constants: ReadonlyMap<string, readonly string[]>;
  /** Values of string constants by their names. */
  readonly values: ReadonlyMap<string, string>;
}

const tagPart = (tag: string, key: string) => new RegExp(`${key}:"([^"]*)"`).exec(tag)?.[1];

function parseField(line: string, markers: readonly string[]): GoField | undefined {
  const match = /^\s*(?:\w+\s+)?(\S+)\s+`(.*)`/.exec(line);
  const json = match === null ? undefined : tagPart(match[2]!, 'json');
  if (match === null || json === undefined) return undefined;
  const [name, ...flags] = json.split(',') as [string, ...string[]];
  const marker = (key: string) => markers.filter((text) => text.startsWith(`+${key}=`)).map((text) => text.slice(key.length + 2));
  const keys = marker('listMapKey');
  return {
    name,
    type: match[1]!,
    tag: Number(tagPart(match[2]!, 'protobuf')?.split(',')[1] ?? 0),
    inline: flags.includes('inline') || name === '',
    omitempty: flags.includes('omitempty'),
    omitzero: flags.includes('omitzero'),
    listType: marker('listType')[0],
    listKeys: keys.length === 0 ? undefined : keys,
    mapType: marker('mapType')[0] ?? marker('structType')[0],
    patchStrategy: tagPart(match[2]!, 'patchStrategy')?.replaceAll(' ', ''),
    mergeKey: tagPart(match[2]!, 'patchMergeKey'),
    optional: flags.includes('omitempty') ? !markers.includes('+required') : markers.includes('+optional'),
    default: marker('default')[0],
    goName: /^\s*(\w+)/.exec(line)![1]!,
    discriminator: markers.includes('+unionDiscriminator'),
  };
}

/** Reads a types.go file. */
export function parseGo(source: string): GoPackage {
  const structs = new Map<string, GoStruct>();
  const aliases = new Map<string, string>();
  const enums = new Set<string>();
  const constants = new Map<string, string[]>();
  const values = new Map<string, string>();
  let markers: string[] = [];
  let open: { name: string; fields: GoField[]; atomic: boolean; union: boolean } | undefined;
  for (const line of source.split('\n')) {
    const comment = /^\s*\/\/\s*(.*?)\s*$/.exec(line);
    if (comment) {
      markers.push(comment[1]!);
      continue;
    }
    if (open !== undefined) {
      if (line.startsWith('}')) {
        structs.set(open.name, open);
        open = undefined;
      } else {
        const field = parseField(line, markers);
        if (field !== undefined) open.fields.push(field);
      }
      if (line.trim() !== '') markers = [];
      continue;
    }
    const type = /^type (\w+) (.*?)(?:\s*\/\/.*)?$/.exec(line);
    const constant = /^(?:const)?\s+(\w+)\s+(\w+)\s+=\s+"([^"]*)"/.exec(line);
    if (type?.[2] === 'struct {')
      open = {
        name: type[1]!,
        fields: [],
        atomic: markers.includes('+structType=atomic') || markers.includes('+mapType=atomic'),
        union: markers.includes('+union'),
      };
    else if (type) {
      aliases.set(type[1]!, type[2]!);
      if (markers.includes('+enum')) enums.add(type[1]!);
    } else if (constant) {
      constants.set(constant[2]!, [...(constants.get(constant[2]!) ?? []), constant[3]!]);
      values.set(constant[1]!, constant[3]!);
    }
    if (line.trim() !== '') markers = [];
    else if (!markers.some((text) => text.startsWith('+'))) markers = [];
  }
  return { structs, aliases, enums, constants, values };
}
