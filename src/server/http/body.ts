import { readEnvelope, readMessage } from '../../api/codec-protobuf.ts';
import { decodeObject, DecodeFailure, rootShape, tryDecodeShape, unknownConversion } from '../../api/decode.ts';
import { goTypeOf } from '../../api/decode-error.ts';
import { inOrder } from '../../api/go-text.ts';
import { isJsonObject, parseJson } from '../../api/json.ts';
import { type AnyKind, apiVersionOf, isBuiltIn, messageShape } from '../../api/kind.ts';
import { deleteOptions, metaShape } from '../../api/meta-types.ts';
import { settleRepeated } from '../../api/repeated.ts';
import type { Shape } from '../../api/schema.ts';
import { badRequest, notRegistered, StatusError } from '../../api/status.ts';
import { WireError } from '../../base/wire.ts';
import { parseYamlBody } from '../../base/yaml.ts';
import { BrokenPatch, ParsedBody } from '../lib/decoding.ts';
import type { Format } from '../negotiate.ts';
import type { KindIndex } from '../types.ts';

/** What a body is for; that decides how upstream words what is wrong with it. */
export type Purpose =
  | { readonly type: 'object'; readonly kind: TypeName }
  | { readonly type: 'options' }
  | {
      readonly type: 'patch';
      readonly patch: 'json' | 'merge' | 'strategic' | 'apply';
      /** Nobody looks for unknown fields: values of a JSON patch or merge patch are not read, but put where they belong. */
      readonly isLenient?: boolean;
    };
/** The kind that a body must be of. */
export type TypeName = Pick<AnyKind, 'group' | 'version' | 'kind' | 'custom'>;

/** A body's value, with what is odd about its text. Throws BadRequest. */
export function parseBody(kinds: KindIndex, bytes: Buffer, format: Format, purpose: Purpose): ParsedBody {
  try {
    if (purpose.type === 'patch') {
      const read = parsed(kinds, bytes, format, purpose);
      try {
        return patchOf(read, purpose.patch);
      } catch (error) {
        return new BrokenPatch(badRequest(refusal(error as Error, bytes, purpose)), read.value);
      }
    }
    const body = typed(parsed(kinds, bytes, format, purpose));
    if (purpose.type === 'object' && isBuiltIn(purpose.kind)) checkType(kinds, body.value as Partial<TypeMeta>, purpose.kind);
    return body;
  } catch (error) {
    // What names its kind is refused by that name; the rest is a text that cannot be read.
    if (error instanceof StatusError) throw error;
    const fault = badRequest(refusal(error as Error, bytes, purpose));
    if (purpose.type === 'patch') return new BrokenPatch(fault);
    throw fault;
  }
}

function parsed(kinds: KindIndex, bytes: Buffer, format: Format, purpose: Purpose): ParsedBody {
  if (format === 'protobuf') return new ParsedBody(protobufBody(kinds, bytes, purpose));
  if (format === 'yaml') {
    const { value, problems } = parseYamlBody(bytes.toString('utf8'));
    // Upstream makes JSON of it, whose members are in order: of several faults the first of these is told.
    return new ParsedBody(inOrder(value), { problems });
  }
  const isObject = purpose.type === 'options' || (purpose.type === 'object' && isBuiltIn(purpose.kind));
  const isPutUnread = purpose.type === 'patch' && purpose.isLenient === true && (purpose.patch === 'json' || purpose.patch === 'merge');
  const { value, duplicates, positions } = parseJson(bytes, {
    findDuplicates: true,
    keepNumbers: true,
    mustBeFinite: !(isObject || isPutUnread),
    mergesDuplicates: isObject,
  });
  if (positions === undefined) return new ParsedBody(value, { duplicates });
  return new ParsedBody(settleRepeated(shapeOf(kinds, purpose), value), { duplicates, positions });
}
/** What a body is read into. */
function shapeOf(kinds: KindIndex, purpose: Purpose): Shape | undefined {
  if (purpose.type !== 'object') return deleteOptions;
  const { group, kind, version } = purpose.kind;
  const found = 'shape' in purpose.kind ? (purpose.kind as AnyKind) : kinds.byKind(group, kind, version);
  return found && rootShape(found);
}

const goTypeMeta = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const versionAndKind = "couldn't get version/kind; json parse error: ";
/** Upstream first looks for version and kind, which only an object can have; null is an empty one. */
function typed(body: ParsedBody): ParsedBody {
  const { value } = body;
  if (value === null || value === undefined) return new ParsedBody({}, body);
  if (!isJsonObject(value)) throw new SyntaxError(`json: cannot unmarshal ${goTypeOf(value)} into Go value of type ${goTypeMeta}`);
  for (const name of ['kind', 'apiVersion']) {
    const text = value[name];
    if (text === undefined || text === null || typeof text === 'string') continue;
    throw new SyntaxError(`json: cannot unmarshal ${goTypeOf(text)} into Go struct field .${name} of type string`);
  }
  const { apiVersion } = value;
  if (typeof apiVersion === 'string' && apiVersion.split('/').length > 2)
    throw new RangeError(`unexpected GroupVersion string: ${apiVersion}`);
  return body;
}
const goMap = 'map[string]interface {}';
/** A patch of the types that are objects must be one; nothing at all says nothing. */
function patchOf(body: ParsedBody, type: 'json' | 'merge' | 'strategic' | 'apply'): ParsedBody {
  const { value } = body;
  if (type === 'json' || isJsonObject(value)) return body;
  if (type === 'apply' && (value === null || value === undefined)) return new ParsedBody({}, body);
  if (value === null) return new ParsedBody({}, { isNull: true });
  throw new TypeError(`json: cannot unmarshal ${goTypeOf(value)} into Go value of type ${goMap}`);
}

function refusal(error: Error, bytes: Buffer, purpose: Purpose): string {
  const { message } = error;
  if (purpose.type === 'patch') {
    if (purpose.patch === 'strategic') return message;
    // The values of a JSON patch are read one by one.
    if (purpose.patch === 'json')
      return `error decoding patch: ${message.replace(/(?<=number \S+ into Go )value(?= of type float64$)/, 'struct field jsonPatchOp.value')}`;
    if (purpose.patch !== 'apply') return `error decoding patch: ${message}`;
    const step = error instanceof TypeError ? 'error unmarshaling JSON: while decoding JSON' : 'error converting YAML to JSON';
    return `error decoding YAML: ${step}: ${message}`;
  }
  const words = error instanceof SyntaxError ? `${versionAndKind}${message}` : message;
  if (purpose.type === 'options') return words;
  return `the object provided is unrecognized (must be of type ${purpose.kind.kind}): ${words} (${summary(bytes)})`;
}

const summaryBytes = 30;
/** The beginning of a body, as text when it looks like JSON, else in hexadecimal. */
function summary(bytes: Buffer): string {
  if (bytes.byteLength === 0) return '<empty>';
  const text = bytes.subarray(0, summaryBytes).toString(bytes[0] === 0x7b ? 'utf8' : 'hex');
  return bytes.byteLength > summaryBytes ? `${text} ...` : text;
}

interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}
const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '');
const versionOf = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf('/') + 1);
const kindNamed = (kinds: KindIndex, { apiVersion, kind }: TypeMeta): AnyKind | undefined =>
  kinds.byKind(groupOf(apiVersion), kind, versionOf(apiVersion));

const cannotBe = ({ apiVersion, kind }: TypeMeta, wanted: string, why: string) =>
  badRequest(`${kind} in version ${JSON.stringify(versionOf(apiVersion))} cannot be handled as a ${wanted}: ${why}`);

/** What a body does not say of its type is as wanted. A type that is none is refused, another one too, once its body is found to be one. */
function checkType(kinds: KindIndex, body: Partial<TypeMeta>, wanted: TypeName): void {
  const type = { apiVersion: body.apiVersion || apiVersionOf(wanted), kind: body.kind || wanted.kind };
  if (type.kind === wanted.kind && type.apiVersion === apiVersionOf(wanted)) return;
  const other = kindNamed(kinds, type);
  if (other !== undefined) {
    if (!isBuiltIn(other)) return;
    checkDecodes(other, body, type, wanted);
    throw cannotBe(type, wanted.kind, unknownConversion(type.kind, versionOf(type.apiVersion), wanted));
  }
  const meta = metaShape(type);
  const read = meta && tryDecodeShape(meta, body);
  if (read !== undefined && 'error' in read) throw cannotBe(type, wanted.kind, read.error);
  if (!isKnown(kinds, type)) throw cannotBe(type, wanted.kind, notRegistered(type));
  throw cannotBe(type, wanted.kind, unknownConversion(type.kind, versionOf(type.apiVersion), wanted));
}
/** What is of another kind is read as that first: what is wrong with it is told before that. */
function checkDecodes(other: AnyKind, body: object, type: TypeMeta, wanted: TypeName): void {
  try {
    decodeObject(other, body, { fieldValidation: 'Ignore' });
  } catch (error) {
    throw error instanceof DecodeFailure ? cannotBe(type, wanted.kind, error.why) : error;
  }
}
/** Types of every group and version, and those of core that no resource has. */
const everywhere = ['ListOptions', 'GetOptions', 'DeleteOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions', 'WatchEvent'];
const coreOnly = [
  ...['List', 'NodeProxyOptions', 'PodAttachOptions', 'PodExecOptions', 'PodLogOptions', 'PodPortForwardOptions', 'PodProxyOptions'],
  ...['PodStatusResult', 'RangeAllocation', 'SerializedReference', 'ServiceProxyOptions'],
];
function isKnown(kinds: KindIndex, { apiVersion, kind }: TypeMeta): boolean {
  if (metaShape({ apiVersion, kind }) !== undefined || (apiVersion === 'v1' && coreOnly.includes(kind))) return true;
  const [group, version] = [groupOf(apiVersion), versionOf(apiVersion)];
  if (everywhere.includes(kind)) return kinds.versions(group).includes(version);
  const of = kind.endsWith('List') ? kinds.byKind(group, kind.slice(0, -'List'.length), version) : undefined;
  return of !== undefined && of.verbs.includes('list');
}

/** Which message the bytes are, the envelope says; one that is silent holds what is wanted. */
function protobufBody(kinds: KindIndex, bytes: Uint8Array, purpose: Purpose): object {
  const read = readEnvelope(bytes);
  const envelope = read.kind === '' && read.apiVersion === '' ? { ...read, ...wantedType(purpose) } : read;
  const kind = kindNamed(kinds, envelope);
  if (kind !== undefined && !isBuiltIn(kind))
    throw cannotBe(envelope, kind.kind, "Object 'Kind' is missing in 'object has no kind field '");
  const shape = kind === undefined ? metaShape(envelope.kind === 'DeleteOptions' ? { kind: envelope.kind } : envelope) : messageShape(kind);
  if (purpose.type !== 'object') {
    if (shape === undefined) throw badRequest(notRegistered(envelope));
    return readMessage(envelope, shape);
  }
  const wanted = purpose.kind.kind;
  if (shape === undefined) throw cannotBe(envelope, wanted, notRegistered(envelope));
  try {
    return readMessage(envelope, shape);
  } catch (error) {
    throw error instanceof WireError ? cannotBe(envelope, wanted, error.message) : error;
  }
}
const wantedType = (purpose: Purpose): TypeMeta =>
  purpose.type === 'object'
    ? { apiVersion: apiVersionOf(purpose.kind), kind: purpose.kind.kind }
    : { apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions' };
