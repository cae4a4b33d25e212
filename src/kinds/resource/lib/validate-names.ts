import { fieldError, NamedText } from '../../../api/status.ts';
import { driverName } from '../../core/lib/validate-volume-sources.ts';
import { byteLength, dnsLabel, dnsSubdomain, type Errors } from '../../lib/validate.ts';

/** Names of pools, devices, attributes and shares (pkg/apis/resource/validation). */
const longestPool = 253;
const longestId = 32;

export function* poolName(path: string, name: string): Errors {
  if (name === '') return yield fieldError.required(path);
  if (name.length > longestPool) yield fieldError.tooLong(path, longestPool);
  for (const part of name.split('/')) yield* dnsSubdomain(path, part);
}

const cRule =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
function* cIdentifier(path: string, id: string): Errors {
  if (byteLength(id) > longestId) yield fieldError.tooLong(path, longestId);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(id)) yield fieldError.invalid(path, id, cRule);
}
/** An identifier, with or without the domain of a driver; names of more parts pass, as upstream. */
export function* qualified(path: string, name: string): Errors {
  const [first = '', second, ...more] = name.split('/');
  if (second === undefined) return yield* cIdentifier(path, first);
  if (more.length > 0) return;
  if (first === '') yield fieldError.invalid(path, '', 'the domain must not be empty');
  else yield* driverName(path, first);
  if (second === '') yield fieldError.invalid(path, '', 'the name must not be empty');
  else yield* cIdentifier(path, second);
}
export function* fullyQualified(path: string, name: string): Errors {
  yield* qualified(path, name);
  if (!name.includes('/'))
    yield fieldError.invalid(path, new NamedText(name), 'a fully qualified name must be a domain and a name separated by a slash');
}

const hyphened = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
function uuidProblem(text: string): string | undefined {
  if (text.length === 32) return /^[0-9a-f]{32}$/i.test(text) ? undefined : 'invalid UUID format';
  let bare = text;
  if (text.length === 45) {
    if (text.slice(0, 9).toLowerCase() !== 'urn:uuid:') return `invalid urn prefix: ${JSON.stringify(text.slice(0, 9))}`;
    bare = text.slice(9);
  } else if (text.length === 38) {
    if (!text.startsWith('{') || !text.endsWith('}')) return 'invalid bracketed UUID format';
    bare = text.slice(1, -1);
  } else if (text.length !== 36) return `invalid UUID length: ${text.length}`;
  return hyphened.test(bare) ? undefined : 'invalid UUID format';
}
export function* uid(path: string, text: string): Errors {
  const problem = uuidProblem(text);
  const rule = 'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';
  if (problem !== undefined) yield fieldError.invalid(path, text, `error validating uid: ${problem}`);
  else if (text.length !== 36 || text !== text.toLowerCase()) yield fieldError.invalid(path, text, rule);
}

/** Names of requests: of a request, and of the alternatives within it. */
export class RequestNames {
  readonly #names = new Map<string, ReadonlySet<string>>();

  constructor(requests: readonly { readonly name: string; readonly firstAvailable?: readonly { readonly name: string }[] | undefined }[]) {
    for (const { name, firstAvailable = [] } of requests) this.#names.set(name, new Set(firstAvailable.map((one) => one.name)));
  }
  has(name: string): boolean {
    const [request = '', alternative, ...more] = name.split('/');
    const alternatives = this.#names.get(request);
    if (more.length > 0 || alternatives === undefined) return false;
    return alternative === undefined || alternatives.has(alternative);
  }
}
export function* requestReference(path: string, name: string, names: RequestNames): Errors {
  const rule = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  const parts = name.split('/');
  if (parts.length > 2) return yield fieldError.invalid(path, name, rule);
  for (const part of parts) yield* dnsLabel(path, part);
  if (!names.has(name)) yield fieldError.invalid(path, name, rule);
}
