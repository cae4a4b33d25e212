import { type FieldError, fieldError } from '../../api/status.ts';
import {
  CelList,
  CelMap,
  type CelValue,
  Double,
  type Environment,
  environment,
  fieldDecl,
  fromJson,
  objectDecl,
  type Program,
  types,
  unescapeIdentifier,
} from '../../cel/index.ts';
import type { Identity } from '../../client/call.ts';

/** Expressions over the claims of a token, and over the user that came of them (k8s.io/apiserver/pkg/authentication/cel). */
export type ClaimProgram = Program;
export interface Rule {
  readonly program: Program;
  readonly message: string;
}

const plain = (celType: types.CelType) => ({ celType, maxElements: 0, minSerializedSize: 0 });
const strings = types.list(types.string);
const userType = objectDecl(
  'kubernetes.UserInfo',
  new Map(
    Object.entries({ username: types.string, uid: types.string, groups: strings, extra: types.map(types.string, strings) }).map(
      ([name, type]) => [name, fieldDecl(name, plain(type))],
    ),
  ),
);
const environments: { claims?: Environment; user?: Environment } = {};
const claimsEnvironment = () => (environments.claims ??= environment({ variables: { claims: types.map(types.string, types.any) } }));
const userEnvironment = () => (environments.user ??= environment({ variables: { user: userType } }));

function compile(env: Environment, expression: string, gives: 'bool' | 'any', path: string, errors: FieldError[]): Program | undefined {
  const { program, failure } = env.compile(expression);
  const fail = (why: string) => void errors.push(fieldError.invalid(path, expression, why));
  if (program === undefined) fail(`compilation failed: ${failure.text}`);
  else if (gives === 'bool' && program.outputType.kind !== 'bool') fail('must evaluate to bool');
  else if (program.instantiationError !== undefined)
    errors.push(fieldError.internal(path, `program instantiation failed: ${program.instantiationError}`));
  else return program;
  return undefined;
}
export const compileClaims = (expression: string, gives: 'bool' | 'any', path: string, errors: FieldError[]): Program | undefined =>
  compile(claimsEnvironment(), expression, gives, path, errors);
export const compileUser = (expression: string, path: string, errors: FieldError[]): Program | undefined =>
  compile(userEnvironment(), expression, 'bool', path, errors);

/** JSON as Go's maps of any: every number is a double; names that are no identifiers are found by their escaped forms, too. */
class JsonObject extends CelMap {
  readonly #members: Readonly<Record<string, unknown>>;
  constructor(members: Readonly<Record<string, unknown>>) {
    super();
    this.#members = members;
  }
  get size(): number {
    return Object.keys(this.#members).length;
  }
  find(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string') return undefined;
    const unescaped = key.includes('__') ? (unescapeIdentifier(key) ?? key) : key;
    return Object.hasOwn(this.#members, unescaped) ? valueOf(this.#members[unescaped]) : undefined;
  }
  keys(): Iterable<CelValue> {
    return Object.keys(this.#members);
  }
}
class JsonArray extends CelList {
  readonly #items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    super();
    this.#items = items;
  }
  get size(): number {
    return this.#items.length;
  }
  get(index: number): CelValue {
    return valueOf(this.#items[index]);
  }
}
function valueOf(json: unknown): CelValue {
  if (typeof json === 'number') return new Double(json);
  if (Array.isArray(json)) return new JsonArray(json);
  return typeof json === 'object' && json !== null ? new JsonObject(json as Readonly<Record<string, unknown>>) : fromJson(json);
}

export const claimsValue = (claims: Readonly<Record<string, unknown>>): CelValue => new JsonObject(claims);
export const userValue = ({ user, uid = '', groups, extra = {} }: Identity): CelValue =>
  new JsonObject({ username: user, uid, groups, extra });

/** Throws Error in upstream's words. */
export function evaluate(program: Program, name: 'claims' | 'user', value: CelValue): CelValue {
  const result = program.evaluate({ [name]: value });
  if (result.error !== undefined) throw new Error(`expression '${program.expression}' resulted in error: ${result.error.message}`);
  return result.value;
}
/** Throws Error for the first rule that does not hold. */
export function checkRules(rules: readonly Rule[], name: 'claims' | 'user', value: CelValue): void {
  const results = rules.map(({ program }) => evaluate(program, name, value));
  for (const [index, result] of results.entries()) {
    if (typeof result !== 'boolean') throw new Error('validation expression must return a boolean');
    const { program, message } = rules[index]!;
    if (!result) throw new Error(`validation expression '${program.expression}' failed: ${message}`);
  }
}
/** A text or a list of texts as a list without empty ones. Throws Error for what is neither; null counts as none. */
export function textsOf(value: CelValue): readonly string[] {
  if (value === null) return [];
  const items = value instanceof CelList ? [...value] : [value];
  const texts = items.filter((item) => typeof item === 'string');
  if (texts.length < items.length) throw new Error('expression must return a string or a list of strings');
  return texts.filter((text) => text !== '');
}
