import { tryDecodeShape } from '../../../api/decode.ts';
import type { Shape } from '../../../api/schema.ts';
import type { FieldError } from '../../../api/status.ts';
import { unknownFields } from '../../../api/unknown-fields.ts';

/** What plugins are configured with: objects of a kind of their own (https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/). */
export interface ConfigurationType {
  readonly kind: string;
  readonly apiVersions: readonly string[];
  /** Without apiVersion and kind. */
  readonly shape: Shape;
}

/** The object's own fields. Throws Error for another type, unknown fields and wrong values. */
export function readConfiguration({ kind, apiVersions, shape }: ConfigurationType, given: unknown): Record<string, unknown> {
  const { apiVersion = '', kind: name = '', ...fields } = (given ?? {}) as { readonly apiVersion?: unknown; readonly kind?: unknown };
  if (name === '') throw new Error("Object 'Kind' is missing");
  if (name !== kind || !apiVersions.includes(String(apiVersion))) {
    throw new Error(`no kind ${JSON.stringify(name)} is registered for version ${JSON.stringify(apiVersion)}`);
  }
  const unknown = unknownFields(shape, fields);
  if (unknown.length > 0)
    throw new Error(`strict decoding error: ${unknown.map((path) => `unknown field ${JSON.stringify(path)}`).join(', ')}`);
  const decoded = tryDecodeShape(shape, fields);
  if ('error' in decoded) throw new Error(decoded.error);
  return decoded.value;
}

/** Throws Error when there are errors. */
export function checkConfiguration(plugin: string, errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const texts = [...new Set(errors.map(({ path, text }) => `${path}: ${text}`))];
  throw new Error(`${plugin} invalid: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`);
}
