import { readFileSync } from 'node:fs';
import { tryDecodeShape } from '../../api/decode.ts';
import type { Fields, FieldsOf, Shape } from '../../api/schema.ts';
import { goQuote } from '../../api/go-text.ts';
import { type FieldError, notRegistered } from '../../api/status.ts';
import { unknownFields } from '../../api/unknown-fields.ts';
import { parseYamlBody } from '../../base/yaml.ts';

/** A file of configuration as Kubernetes' components read them: YAML or JSON, of a kind and a version, nothing unknown in it. */
export interface ConfigurationKind<F extends Fields> {
  readonly kind: string;
  /** Versions that are read, all of one shape. */
  readonly apiVersions: readonly string[];
  readonly shape: Shape<F>;
}

/**
 * Throws Error in upstream's words for what is no such configuration. With `warn`, what a strict reader would refuse is told there and
 * left out instead.
 */
export function parseConfiguration<F extends Fields>(kind: ConfigurationKind<F>, text: string, warn?: (text: string) => void): FieldsOf<F> {
  const { value, problems } = parseYamlBody(text);
  return readConfiguration(kind, value, problems, warn);
}
/** The same of what was read already; `problems`: what was odd about its text. */
export function readConfiguration<F extends Fields>(
  { kind, apiVersions, shape }: ConfigurationKind<F>,
  value: unknown,
  problems: readonly string[] = [],
  warn?: (text: string) => void,
): FieldsOf<F> {
  const said = (value ?? {}) as { readonly kind?: unknown; readonly apiVersion?: unknown };
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error(`${kind}: the text is no object`);
  if (!said.kind) throw new Error(`Object 'Kind' is missing in ${goQuote(JSON.stringify(value))}`);
  if (!said.apiVersion) throw new Error(`Object 'apiVersion' is missing in ${goQuote(JSON.stringify(value))}`);
  if (said.kind !== kind || !apiVersions.includes(String(said.apiVersion)))
    throw new Error(notRegistered({ apiVersion: String(said.apiVersion), kind: String(said.kind) }));
  const { kind: _, apiVersion: __, ...rest } = said;
  const faults = [...problems, ...unknownFields(shape, rest).map((path) => `unknown field ${goQuote(path)}`)];
  if (faults.length > 0) {
    const why = `strict decoding error: ${faults.join(', ')}`;
    if (warn === undefined) throw new Error(why);
    warn(why);
  }
  const decoded = tryDecodeShape(shape, rest);
  if ('error' in decoded) throw new Error(decoded.error);
  return decoded.value as FieldsOf<F>;
}

/** Go's words for a file that can't be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = { ENOENT: 'no such file or directory', EACCES: 'permission denied', EISDIR: 'is a directory' }[code ?? ''];
    throw new Error(`${code === 'EISDIR' ? 'read' : 'open'} ${path}: ${why ?? message}`);
  }
}

/** Several errors in one, as Go prints them: each once, in brackets when there are several. */
export function joinErrors(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`;
}
/** Throws Error that names every bad field. */
export function assertValid(errors: readonly FieldError[], prefix = ''): void {
  if (errors.length > 0) throw new Error(`${prefix}${joinErrors(errors.map(({ path, text }) => `${path}: ${text}`))}`);
}
