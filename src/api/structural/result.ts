import { goFloat, goQuote } from '../go-text.ts';

/** What validating a value against a schema found (kube-openapi pkg/validation). */
export type FaultKind = 'type' | 'required' | 'tooLong' | 'enum' | 'maxItems' | 'maxProperties' | 'other' | 'plain';

export interface Fault {
  readonly kind: FaultKind;
  /** Where; '' for the value itself. 'plain' faults have none. */
  readonly path: string;
  readonly message: string;
  /** What upstream shows as the invalid value; undefined shows as "". */
  readonly value?: unknown;
  /** The value as it is shown, when it is no JSON value: a number that Go holds as a float. */
  readonly shown?: string;
  /** A limit that was passed. */
  readonly limit?: number;
  /** What an enum allows. */
  readonly values?: readonly unknown[];
}

/** Faults, each said once, and how many checks passed: of several failed alternatives the one that got furthest is reported. */
export class Result {
  faults: Fault[] = [];
  matches = 0;

  add(fault: Fault | undefined): this {
    if (fault !== undefined && !this.faults.some(({ message }) => message === fault.message)) this.faults.push(fault);
    return this;
  }
  merge(other: Result | undefined): this {
    if (other === undefined) return this;
    if (other.faults.length > 0) for (const fault of other.faults) this.add(fault);
    this.matches += other.matches;
    return this;
  }
  get isValid(): boolean {
    return this.faults.length === 0;
  }
}
export const failed = (fault: Fault): Result => new Result().add(fault);

const plain = (message: string): Fault => ({ kind: 'plain', path: '', message });
const other = (path: string, message: string, value?: unknown): Fault => ({ kind: 'other', path, message, value });
const ofNumber = (path: string, message: string, shown: string): Fault => ({ kind: 'other', path, message, shown });

/** The faults there are, in upstream's words (kube-openapi pkg/validation/errors). */
export const fault = {
  type: (path: string, type: string, found: string): Fault => ({
    kind: 'type',
    path,
    message: `${path} in body must be of type ${type}: ${goQuote(found)}`,
    value: found,
  }),
  required: (path: string): Fault => ({ kind: 'required', path, message: `${path} in body is required` }),
  tooLong: (path: string, limit: number, value: string): Fault => ({
    kind: 'tooLong',
    path,
    message: `${path} in body should be at most ${limit} chars long`,
    value,
    limit,
  }),
  tooShort: (path: string, limit: number, value: string) => other(path, `${path} in body should be at least ${limit} chars long`, value),
  pattern: (path: string, pattern: string, value: string) => other(path, `${path} in body should match '${pattern}'`, value),
  enum: (path: string, value: unknown, values: readonly unknown[]): Fault => ({
    kind: 'enum',
    path,
    message: `${path} in body should be one of ${values.map(String).join(' ')}`,
    value,
    values,
  }),
  multipleOf: (path: string, factor: string, shown: string) => ofNumber(path, `${path} in body should be a multiple of ${factor}`, shown),
  factorNotPositive: (path: string, factor: string, shown: string) =>
    ofNumber(path, `factor MultipleOf declared for ${path} must be positive: ${factor}`, shown),
  maximum: (path: string, limit: string, exclusive: boolean, shown: string) =>
    ofNumber(path, `${path} in body should be less than ${exclusive ? '' : 'or equal to '}${limit}`, shown),
  minimum: (path: string, limit: string, exclusive: boolean, shown: string) =>
    ofNumber(path, `${path} in body should be greater than ${exclusive ? '' : 'or equal to '}${limit}`, shown),
  range: (what: string, type: string, format: string, path: string) =>
    plain(`${what} value must be of type ${type} ${format === '' ? '(default format)' : `with format ${format}`} in ${path}`),
  maxItems: (path: string, limit: number, value: number): Fault => ({
    kind: 'maxItems',
    path,
    message: `${path} in body should have at most ${limit} items`,
    value,
    limit,
  }),
  minItems: (path: string, limit: number, value: number) => other(path, `${path} in body should have at least ${limit} items`, value),
  uniqueItems: (path: string) => other(path, `${path} in body shouldn't contain duplicates`),
  maxProperties: (path: string, limit: number, value: number): Fault => ({
    kind: 'maxProperties',
    path,
    message: `${path} in body should have at most ${limit} properties`,
    value,
    limit,
  }),
  minProperties: (path: string, limit: number, value: number) =>
    other(path, `${path} in body should have at least ${limit} properties`, value),
  notAllowed: (path: string, name: string) => other(path, `${path}.${name} in body is a forbidden property`, name),
  anyOf: (path: string) => plain(`${goQuote(path)} must validate at least one schema (anyOf)`),
  oneOf: (path: string, valid: number) =>
    plain(
      `${goQuote(path)} must validate one and only one schema (oneOf). ${valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`}`,
    ),
  allOf: (path: string, none: boolean) => plain(`${goQuote(path)} must validate all the schemas (allOf)${none ? '. None validated' : ''}`),
  not: (path: string) => plain(`${goQuote(path)} must not validate the schema (not)`),
};
export const floatText = goFloat;
