import { formatYaml } from '../../base/yaml.ts';
import { WireWriter, wireBytes, wireFixed64, wireVarint } from '../../base/wire.ts';
import type { OpenApiDocument, Part } from './documents.ts';
import type { Json } from './schema-writer.ts';

/**
 * OpenAPI documents in the protobuf of gnostic (github.com/google/gnostic-models), which client-go asks for. What a message holds is
 * said by a table: for each key of the JSON, how it is written.
 */
type Write = (out: WireWriter, value: any) => void;

const sub =
  (tag: number, write: Write): Write =>
  (out, value) => {
    out.tag(tag, wireBytes);
    const start = out.open();
    write(out, value);
    out.close(start);
  };
/** A message within messages that only choose between forms. */
const within = (tags: readonly number[], write: Write): Write => tags.reduceRight((inner, tag) => sub(tag, inner), write);
const each =
  (write: Write): Write =>
  (out, values) => {
    for (const value of values) write(out, value);
  };
const text =
  (tag: number): Write =>
  (out, value) => {
    if (value === '') return;
    out.tag(tag, wireBytes);
    out.string(value);
  };
const item =
  (tag: number): Write =>
  (out, value) => {
    out.tag(tag, wireBytes);
    out.string(value);
  };
const flag =
  (tag: number): Write =>
  (out, value) => {
    if (value !== true) return;
    out.tag(tag, wireVarint);
    out.varint(1);
  };
/** Any value, as YAML. */
const yaml = (tag: number): Write => sub(tag, (out, value) => text(2)(out, formatYaml(value)));
/** A member of an object, with its name. */
const named = (tag: number, write: Write): Write =>
  sub(tag, (out, [name, value]: readonly [string, unknown]) => {
    text(1)(out, name);
    write(out, value);
  });
const members =
  (tag: number, write: Write): Write =>
  (out, value) => {
    for (const entry of Object.entries(value)) named(tag, write)(out, entry);
  };

/** `extensions`: where keys that begin with 'x-' go. */
function message(fields: () => Readonly<Record<string, Write>>, extensions?: number): Write {
  let table: readonly (readonly [string, Write])[] | undefined;
  return (out, value) => {
    table ??= Object.entries(fields());
    for (const [key, write] of table) if (value[key] !== undefined) write(out, value[key]);
    if (extensions === undefined) return;
    for (const key in value) if (key.startsWith('x-')) named(extensions, yaml(2))(out, [key, value[key]]);
  };
}
/** Written in one form or another. */
const either =
  (choose: (value: Json) => Write): Write =>
  (out, value) =>
    choose(value)(out, value);

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
const operations = (first: number, write: Write) => Object.fromEntries(methods.map((method, index) => [method, sub(first + index, write)]));

const schemaV2 = message(
  () => ({
    $ref: text(1),
    format: text(2),
    description: text(4),
    required: each(item(19)),
    enum: each(yaml(20)),
    additionalProperties: sub(21, sub(1, schemaV2)),
    type: sub(22, item(1)),
    items: sub(23, sub(1, schemaV2)),
    properties: sub(25, members(1, sub(2, schemaV2))),
  }),
  31,
);
const simpleV2 = (typeAt: number, uniqueAt: number) =>
  message(() => ({ required: flag(1), in: text(2), description: text(3), name: text(4), type: text(typeAt), uniqueItems: flag(uniqueAt) }));
const bodyV2 = message(() => ({ name: text(2), in: text(3), required: flag(4), schema: sub(5, schemaV2) }));
/** A parameter with a body, of the query, or of the path. */
const parameterV2 = either(({ in: place }) =>
  place === 'body' ? sub(1, bodyV2) : place === 'path' ? within([2, 4], simpleV2(5, 19)) : within([2, 3], simpleV2(6, 20)),
);
const parametersItemV2 = either((value) =>
  '$ref' in value
    ? sub(
        2,
        message(() => ({ $ref: text(1) })),
      )
    : sub(1, parameterV2),
);
const responseV2 = message(() => ({ description: text(1), schema: sub(2, sub(1, schemaV2)) }));
const operationV2 = message(
  () => ({
    tags: each(item(1)),
    description: text(3),
    operationId: text(5),
    produces: each(item(6)),
    consumes: each(item(7)),
    parameters: each(sub(8, parametersItemV2)),
    responses: sub(9, members(1, sub(2, sub(1, responseV2)))),
    schemes: each(item(10)),
  }),
  13,
);
const pathItemV2 = message(() => ({ ...operations(2, operationV2), parameters: each(sub(9, parametersItemV2)) }), 10);

const schemaOrReference = either((value) =>
  '$ref' in value
    ? sub(
        2,
        message(() => ({ $ref: text(1) })),
      )
    : sub(1, schemaV3),
);
/** Only numbers, truth values and texts can be said; of other defaults the place stays empty. */
const defaultV3: Write = (out, value) => {
  if (typeof value === 'number') {
    out.tag(1, wireFixed64);
    out.double(value);
  } else if (typeof value === 'boolean') {
    out.tag(2, wireVarint);
    out.varint(value ? 1 : 0);
  } else if (typeof value === 'string') item(3)(out, value);
};
const schemaV3: Write = message(
  () => ({
    uniqueItems: flag(20),
    required: each(item(23)),
    enum: each(yaml(24)),
    type: text(25),
    allOf: each(sub(26, schemaOrReference)),
    oneOf: each(sub(27, schemaOrReference)),
    items: sub(30, sub(1, schemaOrReference)),
    properties: sub(31, members(1, sub(2, schemaOrReference))),
    additionalProperties: sub(32, sub(1, schemaOrReference)),
    default: sub(33, defaultV3),
    description: text(34),
    format: text(35),
  }),
  36,
);
const parameterV3 = message(() => ({
  name: text(1),
  in: text(2),
  description: text(3),
  required: flag(4),
  schema: sub(10, schemaOrReference),
}));
const contentV3 = members(
  1,
  sub(
    2,
    message(() => ({ schema: sub(1, schemaOrReference) })),
  ),
);
const responseV3 = message(() => ({ description: text(1), content: sub(3, contentV3) }));
const requestBodyV3 = message(() => ({ content: sub(2, contentV3), required: flag(3) }));
const parametersV3 = (tag: number) => each(sub(tag, sub(1, parameterV3)));
const operationV3 = message(
  () => ({
    tags: each(item(1)),
    description: text(3),
    operationId: text(5),
    parameters: parametersV3(6),
    requestBody: sub(7, sub(1, requestBodyV3)),
    responses: sub(8, members(2, sub(2, sub(1, responseV3)))),
  }),
  13,
);
const pathItemV3 = message(() => ({ ...operations(4, operationV3), parameters: parametersV3(13) }), 14);

/** How a part is written into its section, and the field of the document in which that stands. */
const sections: Readonly<Record<2 | 3, Readonly<Record<Part['section'], { readonly within: readonly number[]; readonly write: Write }>>>> =
  {
    2: {
      paths: { within: [8], write: named(2, sub(2, pathItemV2)) },
      schemas: { within: [9], write: named(1, sub(2, schemaV2)) },
      parameters: { within: [10], write: named(1, sub(2, parameterV2)) },
    },
    3: {
      paths: { within: [4], write: named(1, sub(2, pathItemV3)) },
      schemas: { within: [5, 1], write: named(1, sub(2, schemaOrReference)) },
      parameters: { within: [], write: () => undefined },
    },
  };
const apiKey = {
  2: message(() => ({ type: text(1), name: text(2), in: text(3), description: text(4) })),
  3: message(() => ({ type: text(1), description: text(2), name: text(3), in: text(4) })),
};
const infoOf = { 2: message(() => ({ title: text(1), version: text(2) })), 3: message(() => ({ title: text(1), version: text(6) })) };

const written = (write: (out: WireWriter) => void): Uint8Array => {
  const out = new WireWriter();
  write(out);
  return out.finish().slice();
};

/**
 * A document as protobuf, in pieces. Each part goes out in a message of its own: protobuf reads several messages of one field as
 * their merger, so no section's size has to be known before it begins.
 */
export function* bytesOf({ version, info, security, parts }: OpenApiDocument): Generator<Uint8Array> {
  yield written((out) => {
    text(1)(out, version === 2 ? '2.0' : '3.0.0');
    sub(2, infoOf[version])(out, info);
  });
  for (const { section, name, text } of parts) {
    const { within: tags, write } = sections[version][section];
    yield written((out) => within(tags, write)(out, [name, JSON.parse(text)]));
  }
  if (security === undefined) return;
  yield written((out) => {
    if (version === 3) within([5, 7], members(1, sub(2, sub(1, apiKey[3]))))(out, security);
    else {
      sub(12, members(1, sub(2, each(item(1)))))(out, { BearerToken: [] });
      sub(13, members(1, sub(2, sub(2, apiKey[2]))))(out, security);
    }
  });
}
