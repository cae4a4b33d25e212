import { isDns1123Label, isDns1123Subdomain, isPortName, isPortNumber, isQualifiedName, type Messages } from '../../api/names.ts';
import { type FieldError, fieldError } from '../../api/status.ts';
import { sameOrEmpty } from './fields.ts';

/** Checks that many kinds make, in upstream's words (apimachinery validation and pkg/apis/core/validation). */
export type Errors = Generator<FieldError>;

export function* invalidIf(messages: Messages, path: string, value: unknown): Errors {
  for (const message of messages) yield fieldError.invalid(path, value, message);
}
export const dnsLabel = (path: string, value: string): Errors => invalidIf(isDns1123Label(value), path, value);
export const dnsSubdomain = (path: string, value: string): Errors => invalidIf(isDns1123Subdomain(value), path, value);
export const qualifiedName = (path: string, value: string): Errors => invalidIf(isQualifiedName(value), path, value);

export function* nonNegative(path: string, value: number | undefined): Errors {
  if ((value ?? 0) < 0) yield fieldError.invalid(path, value, 'must be greater than or equal to 0');
}
export function* positive(path: string, value: number): Errors {
  if (value <= 0) yield fieldError.invalid(path, value, 'must be greater than zero');
}
export function* within(path: string, value: number, low: number, high: number): Errors {
  if (value < low || value > high) yield fieldError.invalid(path, value, `must be between ${low} and ${high}, inclusive`);
}
/** One of a set; absent or '' is missing. */
export function* required(
  path: string,
  value: string | undefined,
  supported: readonly string[],
  order: 'sorted' | 'as given' = 'sorted',
): Errors {
  if ((value ?? '') === '') yield fieldError.required(path);
  else if (!supported.includes(value!)) yield fieldError.notSupported(path, value, supported, order);
}
/** One of a set, when it is there. */
export function* oneOf(
  path: string,
  value: string | undefined,
  supported: readonly string[],
  order: 'sorted' | 'as given' = 'sorted',
): Errors {
  if (value !== undefined && !supported.includes(value)) yield fieldError.notSupported(path, value, supported, order);
}
/** `shown` is the value as upstream prints it, where that is not its JSON. */
export function* immutable(path: string, value: unknown, old: unknown, shown: (value: unknown) => unknown = (value) => value): Errors {
  if (!sameOrEmpty(value, old)) yield fieldError.invalid(path, shown(value) ?? null, 'field is immutable');
}

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

export function* portNumber(path: string, port: number): Errors {
  yield* invalidIf(isPortNumber(port), path, port);
}
export function* portNumberOrName(path: string, port: number | string): Errors {
  yield* invalidIf(typeof port === 'number' ? isPortNumber(port) : isPortName(port), path, port);
}

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
  typeof value === 'string' ? !/^[+-]?[0-9]+%?$/.test(value) || Number.parseInt(value, 10) === 0 : (value ?? 0) === 0;

const encoder = new TextEncoder();
export const byteLength = (text: string): number => encoder.encode(text).length;
/** Bytes that a base64 text stands for. */
export const base64Length = (text: string): number => (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
