import { additionalOf, type JsonSchema, propertyOf } from '../../../api/structural/json-schema.ts';

/** A path that names a place in a schema: of selectable fields, and of the fieldPath of rules. */
export interface SchemaPlace {
  /** As errors write it: `spec.map[key]`. */
  readonly path: string;
  readonly first: string;
  readonly schema: JsonSchema | undefined;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
};
function unescapeQuoted(text: string): string {
  return text.replaceAll(/\\(.)/gs, (whole, escaped: string) => {
    if (!Object.hasOwn(escapes, escaped)) throw new Error(`invalid string literal: invalid escape char ${whole}`);
    return escapes[escaped]!;
  });
}

/** Tokens: the delimiters `.`, `[` and `]`, texts in single quotes, and what stands between. */
const tokensOf = (path: string): string[] => path.match(/'[\s\S]*?(?<!\\)'|'[\s\S]*$|[.[\]]|[^.[\]]+/g) ?? [];

/** Throws Error with upstream's message for what is no place of the schema. */
export function placeOf(schema: JsonSchema, jsonPath: string, allowsArrayNotation = true): SchemaPlace {
  const tokens = tokensOf(jsonPath);
  let place: SchemaPlace = { path: '<nil>', first: '<nil>', schema };
  const next = (): string => {
    const token = tokens.shift();
    if (token === undefined) throw new Error('unexpected end of JSON path');
    return token;
  };
  while (tokens.length > 0) {
    const token = next();
    if (token === '.') place = step(place, next());
    else if (token === '[') {
      if (!allowsArrayNotation) throw new Error('array notation is not allowed');
      const quoted = next();
      if (!/^'[\s\S]*'$/.test(quoted) || quoted.length < 2) throw new Error(`expected single quoted string but got ${quoted}`);
      place = step(place, unescapeQuoted(quoted.slice(1, -1)));
      const end = next();
      if (end !== ']') throw new Error(`expected ] but got ${end}`);
    } else throw new Error(`expected [ or . but got: ${token}`);
  }
  return place;
}
function step({ path, first, schema }: SchemaPlace, name: string): SchemaPlace {
  if (schema?.properties !== undefined) {
    const property = propertyOf(schema, name);
    if (property === undefined) throw new Error('does not refer to a valid field');
    return first === '<nil>' ? { path: name, first: name, schema: property } : { path: `${path}.${name}`, first, schema: property };
  }
  if (schema?.additionalProperties === undefined) throw new Error('does not refer to a valid field');
  const key = `[${name}]`;
  return first === '<nil>'
    ? { path: key, first: key, schema: additionalOf(schema) }
    : { path: `${path}${key}`, first, schema: additionalOf(schema) };
}
