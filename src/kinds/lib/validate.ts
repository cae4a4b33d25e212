import { isDns1123Label, isDns1123Subdomain, isPortName, isPortNumber, isQualifiedName, type Messages } from '../../api/names.ts';
import { type FieldError, fieldError, NamedText } from '../../api/status.ts';
import { sameOrEmpty } from './fields.ts';

/** Checks that many kinds make, in upstream's words (apimachinery validation and pkg/apis/core/validation). */
export type Errors = Iterable<FieldError>;
/** What most checks find. The small ones are no generators: making one costs more than most of them do. */
export const nothing: Errors = [];

export const invalidIf = (messages: Messages, path: string, value: unknown): Errors =>
  messages.length === 0 ? nothing : messages.map((message) => fieldError.invalid(path, value, message));
export const dnsLabel = (path: string, value: string): Errors => invalidIf(isDns1123Label(value), path, value);
export const dnsSubdomain = (path: string, value: string): Errors => invalidIf(isDns1123Subdomain(value), path, value);
export const qualifiedName = (path: string, value: string): Errors => invalidIf(isQualifiedName(value), path, value);

export const nonNegative = (path: string, value: number | undefined): Errors =>
  (value ?? 0) < 0 ? [fieldError.invalid(path, value, 'must be greater than or equal to 0')] : nothing;
export const positive = (path: string, value: number): Errors =>
  value <= 0 ? [fieldError.invalid(path, value, 'must be greater than zero')] : nothing;
export const within = (path: string, value: number, low: number, high: number): Errors =>
  value < low || value > high ? [fieldError.invalid(path, value, `must be between ${low} and ${high}, inclusive`)] : nothing;
/** One of a set; absent or '' is missing. */
export function required(
  path: string,
  value: string | undefined,
  supported: readonly string[],
  order: 'sorted' | 'as given' = 'sorted',
): Errors {
  if ((value ?? '') === '') return [fieldError.required(path)];
  return supported.includes(value!) ? nothing : [fieldError.notSupported(path, value, supported, order)];
}
/** One of a set, when it is there. */
export const oneOf = (
  path: string,
  value: string | undefined,
  supported: readonly string[],
  order: 'sorted' | 'as given' = 'sorted',
): Errors => (value !== undefined && !supported.includes(value) ? [fieldError.notSupported(path, value, supported, order)] : nothing);
/** How upstream shows a text that is of a type of its own, or may be absent. */
export const named = (value: unknown): unknown => (typeof value === 'string' ? new NamedText(value) : value);
/** `shown` is the value as upstream prints it, where that is not its JSON. */
export const immutable = (path: string, value: unknown, old: unknown, shown: (value: unknown) => unknown = (value) => value): Errors =>
  sameOrEmpty(value, old) ? nothing : [fieldError.invalid(path, shown(value) ?? null, 'field is immutable')];

const urlPath = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const urlPathRegex = new RegExp(`^${urlPath}$`);
/** 'example.com/name', as managedBy and finalizers of certificates have it. */
export function* domainPrefixedPath(path: string, value: string): Errors {
  if (value === '') return yield fieldError.required(path);
  const slash = value.indexOf('/');
  if (slash <= 0 || slash === value.length - 1)
    return yield fieldError.invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")');
  yield* dnsSubdomain(path, value.slice(0, slash));
  const rest = value.slice(slash + 1);
  if (!urlPathRegex.test(rest)) yield fieldError.invalid(path, rest, `Invalid path (regex used for validation is '${urlPath}')`);
}

export const portNumber = (path: string, port: number): Errors => invalidIf(isPortNumber(port), path, port);
export const portNumberOrName = (path: string, port: number | string): Errors =>
  invalidIf(typeof port === 'number' ? isPortNumber(port) : isPortName(port), path, port);

const percent = /^[0-9]+%$/;
export const percentMessage =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
/** A count, or a share such as '25%'. */
export function* intOrPercent(path: string, value: number | string | undefined): Errors {
  if (typeof value === 'string') {
    if (!percent.test(value)) yield fieldError.invalid(path, value, percentMessage);
  } else yield* nonNegative(path, value);
}
export function* notMoreThan100Percent(path: string, value: number | string | undefined): Errors {
  if (typeof value === 'string' && percent.test(value) && Number(value.slice(0, -1)) > 100)
    yield fieldError.invalid(path, value, 'must not be greater than 100%');
}
export const isZeroShare = (value: number | string | undefined): boolean =>
  typeof value === 'string' ? !/^(?:[0-9]+%|[+-]?[0-9]+)$/.test(value) || Number.parseInt(value, 10) === 0 : (value ?? 0) === 0;

const encoder = new TextEncoder();
export const byteLength = (text: string): number => encoder.encode(text).length;
/** Bytes that a base64 text stands for. */
export const base64Length = (text: string): number => (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
