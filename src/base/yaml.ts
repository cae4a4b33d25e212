import * as yaml from 'js-yaml';
import { resolveScalar, type Scalar } from './yaml-scalars.ts';

/** YAML as Kubernetes' tools read and write it (sigs.k8s.io/yaml on go-yaml v2). */
const longestText = 3 * 1024 * 1024;
/** Nodes a document may have once its aliases are followed: what stops alias bombs. */
const mostNodes = 1_000_000;
/** What is walked recursively at most; as for JSON. */
const deepest = 500;

/** A scalar that says what it is by its looks. */
const scalarTag = (name: string, types: readonly Scalar['type'][]) =>
  yaml.defineScalarTag(`tag:yaml.org,2002:${name}`, {
    implicit: true,
    resolve: (source) => {
      const { type, value } = resolveScalar(source);
      if (!types.includes(type)) return yaml.NOT_RESOLVED;
      if (typeof value !== 'number' && typeof value !== 'bigint') return value;
      if (value === Number.POSITIVE_INFINITY || Number.isNaN(value))
        throw new Error(`json: unsupported value: ${Number.isNaN(value) ? '' : '+'}${String(value).slice(0, 3)}`);
      if (value === Number.NEGATIVE_INFINITY) throw new Error('json: unsupported value: -Inf');
      return Number(value);
    },
    identify: () => false,
  });
const binary = yaml.defineScalarTag('tag:yaml.org,2002:binary', {
  resolve(source) {
    try {
      return new TextDecoder().decode(Uint8Array.fromBase64(source));
    } catch {
      throw new Error('yaml: !!binary value contains invalid base64 data');
    }
  },
  identify: () => false,
});
/** Tags of somebody else's mean nothing here. */
const otherTag = yaml.defineScalarTag('!', { matchByTagPrefix: true, resolve: (source) => source, identify: () => false });
const objects = yaml.defineMappingTag<Record<string, unknown>>('tag:yaml.org,2002:map', {
  ...yaml.mapTag,
  addPair: (object, key, value) =>
    key === null ? 'unsupported map key of type: %!s(<nil>), key: <nil>, value: <nil>' : yaml.mapTag.addPair(object, key, value),
});
/** Made only when it is whole, as an object is: an alias to what it stands in is refused. */
const lists = yaml.defineSequenceTag<unknown[], unknown[]>('tag:yaml.org,2002:seq', { ...yaml.seqTag, finalize: (list) => list });
const schema = new yaml.Schema([
  yaml.strTag,
  lists,
  objects,
  yaml.mergeTag,
  scalarTag('null', ['null']),
  scalarTag('bool', ['bool']),
  scalarTag('int', ['int']),
  scalarTag('float', ['float', 'int']),
  binary,
  otherTag,
]);

function countNodes(value: unknown, left: { count: number }, depth = 0): void {
  if (--left.count < 0) throw new Error('the document is too large once its aliases are followed');
  if (typeof value !== 'object' || value === null) return;
  if (depth >= deepest) throw new Error(`exceeded max depth of ${deepest}`);
  for (const child of Object.values(value)) countNodes(child, left, depth + 1);
}

/** All documents of a text; empty ones are left out. Throws Error with line and column; `allowDuplicates` lets the last of equal keys win. */
export function parseYaml(text: string, options: { readonly allowDuplicates?: boolean } = {}): unknown[] {
  if (text.length > longestText) throw new Error(`the document is longer than ${longestText} bytes`);
  const documents = yaml.loadAll(text, { schema, json: options.allowDuplicates === true, maxDepth: deepest });
  const left = { count: mostNodes };
  for (const document of documents) countNodes(document, left);
  return documents.filter((document) => document !== null && document !== undefined);
}

export interface YamlBody {
  /** null for a text without a document. */
  readonly value: unknown;
  /** What a strict reader says about it, in go-yaml's words: a key that stands twice. */
  readonly problems: readonly string[];
}
/** The first document of a text, as a request's body. Throws Error, "yaml: line 3: ...", for what is no YAML. */
export function parseYamlBody(given: string): YamlBody {
  // A mark of the byte order may stand in front.
  const text = given.startsWith('\ufeff') ? given.slice(1) : given;
  if (unprintable.test(text)) throw new Error('yaml: control characters are not allowed');
  const body = parseDocument(firstDocument(text));
  if (halfCharacter.test(text)) refuseHalves(firstDocument(text));
  return body;
}
const halfCharacter = /\\u[dD][89a-fA-F]/;
/** go-yaml takes no half of a character, not even beside the other. Only where a backslash means something it is one: there this reader knows no \q. */
function refuseHalves(text: string): void {
  try {
    parseDocument(text.replaceAll(/(\\+)u(?=[dD][89a-fA-F])/g, '$1q'));
  } catch {
    throw new Error('yaml: found invalid Unicode character escape code');
  }
}
const unprintable = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

const boundary = /^(?:---|\.\.\.)(?=\s|$)/gm;
/** go-yaml reads one document and looks no further. */
function firstDocument(text: string): string {
  for (const { index } of text.matchAll(boundary)) {
    const before = text.slice(0, index);
    // Comments and directives stand before the mark that begins the document.
    if (/^[ \t]*[^#%\s]/m.test(before)) return before;
  }
  return text;
}
function parseDocument(text: string, allowDuplicates = false): YamlBody {
  try {
    return { value: parseYaml(text, { allowDuplicates })[0] ?? null, problems: [] };
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error;
    const { line = 0, position = 0 } = error.mark ?? {};
    // What follows the root of the document is not looked at either.
    if (error.reason.startsWith('end of the stream') && position > 0) return parseDocument(text.slice(0, position), allowDuplicates);
    const itself = /^recursive alias "(.*)" is not supported/.exec(error.reason)?.[1];
    if (itself !== undefined) throw new Error(`yaml: anchor '${itself}' value contains itself`);
    if (error.reason !== 'duplicated mapping key') throw new Error(`yaml: ${line === 0 ? '' : `line ${line + 1}: `}${error.reason}`);
    const { value } = parseDocument(text, true);
    const key = /^["']?([^"':\s]*)/.exec(text.slice(position))?.[1] ?? '';
    return { value, problems: [`yaml: unmarshal errors:\n  line ${line + 1}: key ${JSON.stringify(key)} already set in map`] };
  }
}

export { formatYaml } from './yaml-writer.ts';
