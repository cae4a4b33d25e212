import * as yaml from 'js-yaml';

/** YAML as Kubernetes' tools read and write it (sigs.k8s.io/yaml on go-yaml v2): YAML 1.1 booleans and merge keys, no dates, no base-60 numbers. */
const longestText = 3 * 1024 * 1024;
/** Nodes a document may have once its aliases are followed: what stops alias bombs. */
const mostNodes = 1_000_000;

const library = yaml as any;
const { strTag, seqTag, mapTag, mergeTag, nullYaml11Tag, boolYaml11Tag, intYaml11Tag, floatYaml11Tag } = library;
const tags = [strTag, seqTag, mapTag, mergeTag, nullYaml11Tag, boolYaml11Tag, intYaml11Tag, floatYaml11Tag].filter(
  (tag) => tag !== undefined,
);
const schema = new library.Schema(tags);

function countNodes(value: unknown, left: { count: number }): void {
  if (--left.count < 0) throw new Error('the document is too large once its aliases are followed');
  if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) countNodes(child, left);
}

/** All documents of a text; empty ones are left out. Throws Error with line and column. */
export function parseYaml(text: string): unknown[] {
  if (text.length > longestText) throw new Error(`the document is longer than ${longestText} bytes`);
  const documents = library.loadAll(text, { schema }) as unknown[];
  const left = { count: mostNodes };
  for (const document of documents) countNodes(document, left);
  return documents.filter((document) => document !== null && document !== undefined);
}

export const formatYaml = (value: unknown): string =>
  library.dump(value, { schema, seqNoIndent: true, noRefs: true, lineWidth: -1, sortKeys: true }) as string;
