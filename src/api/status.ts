import { escapeHtml, goFloat, goQuote } from './go-text.ts';
import type { Cause, Status, StatusDetails } from './meta.ts';

/** One bad field, in the words Kubernetes uses (k8s.io/apimachinery field errors). `text` is the whole message after the path. */
export interface FieldError {
  readonly type:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueDuplicate'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueNotFound'
    | 'FieldValueTypeInvalid'
    | 'InternalError';
  /** 'spec.containers[0].name', 'metadata.labels[a]' */
  readonly path: string;
  readonly text: string;
}

/** Given as a bad value: the message shows none. */
export const omitted: unique symbol = Symbol('omitted');

/** ': "x"' as field.Error of upstream shows a value (Go's quotes, JSON with what could be HTML escaped), or nothing for what is omitted. */
const shown = (value: unknown): string => (value === omitted ? '' : `: ${goValue(value)}`);
/** A bad value of a string type of its own: JSON shows it, where Go quotes plain strings. They differ in characters that are seldom printed. */
export class NamedText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
function goValue(value: unknown): string {
  if (value instanceof NamedText) return escapeHtml(JSON.stringify(value.text));
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? String(value) : goFloat(value);
  return value === undefined ? 'null' : escapeHtml(JSON.stringify(value));
}
const suffix = (detail: string) => (detail === '' ? '' : `: ${detail}`);

/** Makers of field errors; messages as upstream's field.Error prints them. */
export const fieldError = {
  required: (path: string, detail = ''): FieldError => ({ type: 'FieldValueRequired', path, text: `Required value${suffix(detail)}` }),
  invalid: (path: string, value: unknown, detail: string): FieldError => ({
    type: 'FieldValueInvalid',
    path,
    text: `Invalid value${shown(value)}${suffix(detail)}`,
  }),
  /** The supported values are shown in their order, unless that is `as given`. Texts are of types of their own, unless they are `plain`. */
  notSupported(
    path: string,
    given: unknown,
    supported: readonly string[],
    order: 'sorted' | 'as given' = 'sorted',
    type: 'named' | 'plain' = 'named',
  ): FieldError {
    const value = typeof given === 'string' && type === 'named' ? new NamedText(given) : given;
    const listed = (order === 'sorted' ? [...supported].sort() : supported).map(goQuote).join(', ');
    const text = `Unsupported value${shown(value)}${listed === '' ? '' : `: supported values: ${listed}`}`;
    return { type: 'FieldValueNotSupported', path, text };
  },
  forbidden: (path: string, detail: string): FieldError => ({ type: 'FieldValueForbidden', path, text: `Forbidden${suffix(detail)}` }),
  duplicate: (path: string, value: unknown): FieldError => ({
    type: 'FieldValueDuplicate',
    path,
    text: `Duplicate value${shown(value)}`,
  }),
  tooLong: (path: string, maxBytes: number): FieldError => ({
    type: 'FieldValueTooLong',
    path,
    text: maxBytes < 0 ? 'Too long: value is too long' : `Too long: may not be more than ${maxBytes} ${maxBytes === 1 ? 'byte' : 'bytes'}`,
  }),
  tooMany: (path: string, count: number, max: number): FieldError => ({
    type: 'FieldValueTooMany',
    path,
    text: `Too many: ${count}: ${max < 0 ? 'has too many items' : `must have at most ${max} ${max === 1 ? 'item' : 'items'}`}`,
  }),
  internal: (path: string, detail: string): FieldError => ({ type: 'InternalError', path, text: `Internal error${suffix(detail)}` }),
  notFound: (path: string, value: unknown): FieldError => ({ type: 'FieldValueNotFound', path, text: `Not found${shown(value)}` }),
  typeInvalid: (path: string, value: unknown, detail: string): FieldError => ({
    type: 'FieldValueTypeInvalid',
    path,
    text: `Invalid value${shown(value)}${suffix(detail)}`,
  }),
};

/** An error that is the wire's Status. Everything that leaves the API is one of these. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** What the answer warns of beside the failure. */
  warnings: readonly string[] = [];

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
  static from(status: Status): StatusError {
    return new StatusError(status.code ?? 500, status.reason ?? '', status.message ?? 'unknown', status.details);
  }
}

/** A failure that has no reason of its own, as upstream answers errors it knows nothing of. */
export const unknownError = (message: string): StatusError => new StatusError(500, '', message);

/** What an error is about: `resource` is the plural, `group` '' for core. */
export interface ResourceName {
  readonly group: string;
  readonly resource: string;
}
const qualified = (about: ResourceName) => (about.group === '' ? about.resource : `${about.resource}.${about.group}`);
const detailsOf = (about: ResourceName, name: string): StatusDetails => ({
  ...(name === '' ? {} : { name }),
  ...(about.group === '' ? {} : { group: about.group }),
  ...(about.resource === '' ? {} : { kind: about.resource }),
});

/** An object whose name nobody says, but for the path. */
export const undeterminable = (name = ''): StatusError =>
  badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
export const notFound = (about: ResourceName, name: string) =>
  new StatusError(404, 'NotFound', `${qualified(about)} ${goQuote(name)} not found`, detailsOf(about, name));
export const alreadyExists = (about: ResourceName, name: string) =>
  new StatusError(409, 'AlreadyExists', `${qualified(about)} ${goQuote(name)} already exists`, detailsOf(about, name));
export const conflict = (
  about: ResourceName,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
) =>
  new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(about)} ${goQuote(name)}: ${why}`, detailsOf(about, name));
export const methodNotSupported = (about: ResourceName, verb: string) =>
  new StatusError(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind "${qualified(about)}"`, detailsOf(about, ''));
export function forbidden(about: ResourceName, name: string, why: string): StatusError {
  const subject = [qualified(about), ...(name === '' ? [] : [goQuote(name)])].join(' ');
  const isNothing = about.group === '' && about.resource === '';
  return new StatusError(403, 'Forbidden', isNothing ? `forbidden: ${why}` : `${subject} is forbidden: ${why}`, detailsOf(about, name));
}
export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message);
/** What is said of a type that is none; upstream names the line of its source where its types are listed. */
export const notRegistered = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string =>
  `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
export const unauthorized = (message = 'Unauthorized') => new StatusError(401, 'Unauthorized', message);
export const gone = (message: string) => new StatusError(410, 'Gone', message);
export const expired = (message: string) => new StatusError(410, 'Expired', message);
export const tooManyRequests = (message: string, retryAfterSeconds: number, causes?: readonly Cause[]) =>
  new StatusError(429, 'TooManyRequests', message, { ...(causes ? { causes } : {}), retryAfterSeconds });
export const tooLarge = (message: string) => new StatusError(413, 'RequestEntityTooLarge', message);
export const unsupportedMediaType = (message: string) => new StatusError(415, 'UnsupportedMediaType', message);
export const notAcceptable = (message: string) => new StatusError(406, 'NotAcceptable', message);
export const timeout = (message: string, retryAfterSeconds = 0) =>
  new StatusError(504, 'Timeout', `Timeout: ${message}`, { retryAfterSeconds });
export const serviceUnavailable = (message: string) => new StatusError(503, 'ServiceUnavailable', message);
export const internalError = (message: string) =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
/** 422 with one cause per field; the message lists them as upstream does. */
export function invalid(kind: { readonly group: string; readonly kind: string }, name: string, errors: readonly FieldError[]): StatusError {
  const lines = [...new Set(errors.map((error) => `${error.path}: ${error.text}`))];
  const listed = lines.length === 1 ? lines[0]! : `[${lines.join(', ')}]`;
  const what = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  return new StatusError(422, 'Invalid', `${what} ${goQuote(name)} is invalid: ${listed}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    ...(kind.kind === '' ? {} : { kind: kind.kind }),
    causes: errors.map((error) => ({ reason: error.type, message: error.text, field: error.path })),
  });
}

export const isStatus = (error: unknown, reason: string): boolean => error instanceof StatusError && error.reason === reason;
export const isNotFound = (error: unknown): boolean => isStatus(error, 'NotFound');
export const isConflict = (error: unknown): boolean => isStatus(error, 'Conflict');
export const isAlreadyExists = (error: unknown): boolean => isStatus(error, 'AlreadyExists');
