import { byBytes } from '../base/byte-order.ts';
import { isLabelValue, isQualifiedName } from './names.ts';
import { badRequest } from './status.ts';

/** Label and field selectors (kubernetes.io: labels and selectors). */
export type Labels = Readonly<Record<string, string>> | undefined;
export interface LabelMatcher {
  matches(labels: Labels): boolean;
  /** In upstream's canonical form: 'a=b,c in (d,e),!f'. '' selects everything. */
  readonly text: string;
  /** key=value pairs that must all hold, when the selector says nothing else; an index can serve it. */
  readonly exact: Readonly<Record<string, string>> | undefined;
}

type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export const matchesEverything: LabelMatcher = { matches: () => true, text: '', exact: {} };
export const matchesNothing: LabelMatcher = { matches: () => false, text: '', exact: undefined };

const integerText = /^[+-]?\d+$/;
function holds({ key, operator, values }: Requirement, labels: NonNullable<Labels>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return value !== undefined && integerText.test(value) && BigInt(value) > BigInt(values[0]!);
    case 'lt':
      return value !== undefined && integerText.test(value) && BigInt(value) < BigInt(values[0]!);
  }
}
function textOf({ key, operator, values }: Requirement): string {
  if (operator === 'exists') return key;
  if (operator === '!') return `!${key}`;
  if (operator === 'in' || operator === 'notin') return `${key} ${operator} (${values.join(',')})`;
  return `${key}${operator === 'gt' ? '>' : operator === 'lt' ? '<' : operator}${values[0]}`;
}

function exactOf(requirements: readonly Requirement[]): LabelMatcher['exact'] {
  const exact: Record<string, string> = {};
  for (const { key, operator, values } of requirements) {
    if ((operator !== '=' && operator !== '==') || key === '__proto__' || Object.hasOwn(exact, key)) return undefined;
    exact[key] = values[0]!;
  }
  return exact;
}
const byKey = (a: Requirement, b: Requirement) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
function matcherOf(unordered: readonly Requirement[]): LabelMatcher {
  if (unordered.length === 0) return matchesEverything;
  const requirements = unordered.toSorted(byKey);
  const none = {};
  return {
    matches: (labels) => requirements.every((requirement) => holds(requirement, labels ?? none)),
    text: requirements.map(textOf).join(','),
    exact: exactOf(requirements),
  };
}

interface Token {
  readonly type: 'word' | 'symbol' | 'end';
  readonly text: string;
}
const longestSelector = 64 * 1024;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [, symbol, word] of text.matchAll(/(==|!=|[=!(),<>])|([^\s=!(),<>]+)/g)) {
    tokens.push(symbol === undefined ? { type: 'word', text: word! } : { type: 'symbol', text: symbol });
  }
  tokens.push({ type: 'end', text: '' });
  return tokens;
}
const unable = (detail: string) => badRequest(`unable to parse requirement: ${detail}`);

/** The grammar of k8s.io/apimachinery labels.Parse, with its messages. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }
  get #next(): Token {
    return this.#tokens[this.#at]!;
  }
  #take(): Token {
    const token = this.#next;
    if (token.type !== 'end') this.#at++;
    return token;
  }
  #is(symbol: string): boolean {
    return this.#next.type === 'symbol' && this.#next.text === symbol;
  }
  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.#next.type === 'end') return requirements;
    if (!this.#startsRequirement()) throw badRequest(`found '${this.#next.text}', expected: !, identifier, or 'end of string'`);
    for (;;) {
      requirements.push(this.#requirement());
      const separator = this.#take();
      if (separator.type === 'end') return requirements;
      if (separator.text !== ',') throw badRequest(`found '${separator.text}', expected: ',' or 'end of string'`);
      if (!this.#startsRequirement()) throw badRequest(`found '${this.#next.text}', expected: identifier after ','`);
    }
  }
  #startsRequirement(): boolean {
    return this.#next.type === 'word' || this.#is('!');
  }
  #requirement(): Requirement {
    const negated = this.#is('!');
    if (negated) this.#take();
    const token = this.#take();
    if (token.type !== 'word') throw unable(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const wrong = isQualifiedName(key);
    if (wrong.length > 0) throw unable(`<nil>: Invalid value: ${JSON.stringify(key)}: ${wrong.join('; ')}`);
    if (negated) return { key, operator: '!', values: [] };
    if (this.#next.type === 'end' || this.#is(',')) return { key, operator: 'exists', values: [] };
    const { text: operator } = this.#take();
    switch (operator) {
      case 'in':
      case 'notin':
        return { key, operator, values: this.#checked(key, this.#values()) };
      case '=':
      case '==':
      case '!=':
        return { key, operator, values: this.#checked(key, [this.#value()]) };
      case '>':
      case '<':
        return { key, operator: operator === '>' ? 'gt' : 'lt', values: [this.#integer()] };
      default:
        throw unable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }
  #value(): string {
    if (this.#next.type === 'end' || this.#is(',')) return '';
    const token = this.#take();
    if (token.type !== 'word') throw unable(`found '${token.text}', expected: identifier`);
    return token.text;
  }
  #integer(): string {
    const value = this.#value();
    if (integerText.test(value)) return value;
    const shown = JSON.stringify(value);
    throw unable(`values[0]: Invalid value: ${shown}: for 'Gt', 'Lt' operators, the value must be an integer`);
  }
  #values(): string[] {
    const open = this.#take();
    if (open.text !== '(') throw unable(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    if (this.#is(')')) values.add('');
    else if (!this.#is(',') && this.#next.type !== 'word') {
      throw unable(`found '${this.#next.text}', expected: ',', ')' or identifier`);
    }
    for (let wantsValue = true; ; ) {
      const token = this.#take();
      if (token.type === 'word' && wantsValue) {
        values.add(token.text);
        wantsValue = false;
      } else if (token.type === 'symbol' && (token.text === ',' || token.text === ')')) {
        if (wantsValue) values.add('');
        if (token.text === ')') return [...values].sort();
        wantsValue = true;
      } else throw unable(`found '${token.text}', expected: ${wantsValue ? "',', or identifier" : "',' or ')'"}`);
    }
  }
  #checked(key: string, values: readonly string[]): readonly string[] {
    for (const [index, value] of values.entries()) {
      const wrong = isLabelValue(value);
      if (wrong.length > 0) {
        throw unable(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${wrong.join('; ')}`);
      }
    }
    return values;
  }
}

/** Of the query's form. Throws 400. */
export function parseLabelSelector(text: string): LabelMatcher {
  if (text.length > longestSelector) throw badRequest('the label selector is too long');
  return matcherOf(new Parser(text).parse());
}

/** What a selector of the query's form demands, by key. Throws 400. */
export const labelRequirements = (text: string): readonly Requirement[] => [...new Parser(text).parse()].sort(byKey);

interface SelectorLike {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | undefined }[]
    | undefined;
}
const operators: Readonly<Record<string, Operator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!', Gt: 'gt', Lt: 'lt' };
const memo = new WeakMap<SelectorLike, LabelMatcher>();

function requirementsOf(selector: SelectorLike): Requirement[] | undefined {
  const requirements = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: '=', values: [value] }),
  );
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
    if (known === undefined || ((known === 'in' || known === 'notin') && (values ?? []).length === 0)) return undefined;
    if ((known === 'gt' || known === 'lt') && !integerText.test(values?.[0] ?? '')) return undefined;
    requirements.push({ key, operator: known, values: [...new Set(values ?? [])].sort() });
  }
  return requirements;
}

/**
 * Of the API's form: absent selects nothing, empty selects everything, and one that validation would refuse selects
 * nothing. Memoised by object, which is immutable.
 */
export function labelSelectorMatcher(selector: SelectorLike | null | undefined): LabelMatcher {
  if (selector === null || selector === undefined) return matchesNothing;
  let matcher = memo.get(selector);
  if (matcher === undefined) {
    const requirements = requirementsOf(selector);
    matcher = requirements === undefined ? matchesNothing : matcherOf(requirements);
    memo.set(selector, matcher);
  }
  return matcher;
}
/** Of a plain map of labels, as Services and ReplicationControllers have it: absent or empty selects nothing. */
export const labelMapMatcher = (labels: Readonly<Record<string, string>> | null | undefined): LabelMatcher =>
  labels === null || labels === undefined || Object.keys(labels).length === 0
    ? matchesNothing
    : matcherOf(Object.entries(labels).map(([key, value]) => ({ key, operator: '=', values: [value] })));

export interface FieldTerm {
  readonly field: string;
  readonly negated: boolean;
  readonly value: string;
}

/** 'a=b,c!=d' with backslash escapes of ',', '=' and '\\' in values. Throws 400. */
export function parseFieldSelector(text: string): readonly FieldTerm[] {
  const terms: FieldTerm[] = [];
  for (const part of splitUnescaped(text).sort(byBytes)) {
    if (part === '') continue;
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(part);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    terms.push({ field: match[1]!, negated: match[2] === '!=', value: unescaped(match[3]!) });
  }
  return terms;
}
function unescaped(value: string): string {
  return value.replaceAll(/\\(.?)|[,=]/gs, (whole, escaped: string | undefined) => {
    if (escaped === undefined) throw badRequest(`invalid field selector: unescaped character in value: ${whole.charCodeAt(0)}`);
    if (!['\\', ',', '='].includes(escaped)) throw badRequest(`invalid field selector: invalid escape sequence: \\${escaped}`);
    return escaped;
  });
}
function splitUnescaped(text: string): string[] {
  const parts = [''];
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '\\' && index + 1 < text.length) parts.push(`${parts.pop()}${text[index]}${text[++index]}`);
    else if (text[index] === ',') parts.push('');
    else parts.push(`${parts.pop()}${text[index]}`);
  }
  return parts;
}
