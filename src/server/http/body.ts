import { readEnvelope, readMessage } from '../../api/codec-protobuf.ts';
import { parseJson } from '../../api/json.ts';
import { type AnyKind, isBuiltIn, messageShape } from '../../api/kind.ts';
import { metaShape } from '../../api/meta-types.ts';
import { badRequest, StatusError } from '../../api/status.ts';
import { parseYamlBody } from '../../base/yaml.ts';
import { ParsedBody } from '../lib/decoding.ts';
import type { Format } from '../negotiate.ts';
import type { KindIndex } from '../types.ts';

/** What a body is for; that decides how upstream words what is wrong with it. */
export type Purpose =
  | { readonly type: 'object'; readonly kind: string }
  | { readonly type: 'options' }
  | { readonly type: 'patch'; readonly patch: 'json' | 'merge' | 'strategic' | 'apply' };

/** A body's value, with what is odd about its text. Throws BadRequest. */
export function parseBody(kinds: KindIndex, bytes: Buffer, format: Format, purpose: Purpose): ParsedBody {
  try {
    const body = parsed(kinds, bytes, format);
    return purpose.type === 'patch' ? body : typed(body);
  } catch (error) {
    // What names its kind is refused by that name; the rest is a text that cannot be read.
    if (error instanceof StatusError) throw error;
    throw badRequest(refusal(error as Error, bytes, purpose));
  }
}

function parsed(kinds: KindIndex, bytes: Buffer, format: Format): ParsedBody {
  if (format === 'protobuf') return new ParsedBody(protobufBody(kinds, bytes));
  if (format === 'yaml') {
    const { value, problems } = parseYamlBody(bytes.toString('utf8'));
    return new ParsedBody(value, [], problems);
  }
  const { value, duplicates } = parseJson(bytes, { findDuplicates: true });
  return new ParsedBody(value, duplicates);
}

const goTypeMeta = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const versionAndKind = "couldn't get version/kind; json parse error: ";
/** Upstream first looks for version and kind, which only an object can have; null is an empty one. */
function typed(body: ParsedBody): ParsedBody {
  const { value } = body;
  if (value === null || value === undefined) return new ParsedBody({}, body.duplicates, body.problems);
  if (typeof value === 'object' && !Array.isArray(value)) return body;
  const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  throw new SyntaxError(`json: cannot unmarshal ${what} into Go value of type ${goTypeMeta}`);
}

function refusal(error: Error, bytes: Buffer, purpose: Purpose): string {
  const { message } = error;
  if (purpose.type === 'patch') {
    if (purpose.patch === 'strategic') return message;
    return purpose.patch === 'apply'
      ? `error decoding YAML: error converting YAML to JSON: ${message}`
      : `error decoding patch: ${message}`;
  }
  const words = error instanceof SyntaxError ? `${versionAndKind}${message}` : message;
  if (purpose.type === 'options') return words;
  return `the object provided is unrecognized (must be of type ${purpose.kind}): ${words} (${summary(bytes)})`;
}

const summaryBytes = 30;
/** The beginning of a body, as text when it looks like JSON, else in hexadecimal. */
function summary(bytes: Buffer): string {
  if (bytes.byteLength === 0) return '<empty>';
  const text = bytes.subarray(0, summaryBytes).toString(bytes[0] === 0x7b ? 'utf8' : 'hex');
  return bytes.byteLength > summaryBytes ? `${text} ...` : text;
}

/** Which message the bytes are, the envelope says. */
function protobufBody(kinds: KindIndex, bytes: Uint8Array): object {
  const envelope = readEnvelope(bytes);
  const { apiVersion, kind: name } = envelope;
  const slash = apiVersion.indexOf('/');
  const kind = kinds.byKind(slash < 0 ? '' : apiVersion.slice(0, slash), name, apiVersion.slice(slash + 1));
  if (kind !== undefined) {
    if (!isBuiltIn(kind)) throw cannotBe(kind, "Object 'Kind' is missing in 'object has no kind field '");
    return readMessage(envelope, messageShape(kind));
  }
  const shape = metaShape(name === 'DeleteOptions' ? { kind: name } : envelope);
  if (shape === undefined) throw badRequest(`no kind ${JSON.stringify(name)} is registered for version ${JSON.stringify(apiVersion)}`);
  return readMessage(envelope, shape);
}
const cannotBe = ({ kind, version }: AnyKind, why: string) =>
  badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);
