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

type Operator = '=' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';
interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export const matchesEverything: LabelMatcher = { matches: () => true, text: '', exact: {} };
export const matchesNothing: LabelMatcher = { matches: () => false, text: '', exact: undefined };

function holds({ key, operator, values }: Requirement, labels: NonNullable<Labels>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
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
      return value !== undefined && /^-?\d+$/.test(value) && BigInt(value) > BigInt(values[0]!);
    case 'lt':
      return value !== undefined && /^-?\d+$/.test(value) && BigInt(value) < BigInt(values[0]!);
  }
}
function textOf({ key, operator, values }: Requirement): string {
  if (operator === 'exists') return key;
  if (operator === '!') return `!${key}`;
  if (operator === 'in' || operator === 'notin') return `${key} ${operator} (${[...values].sort().join(',')})`;
  return `${key}${operator === 'gt' ? '>' : operator === 'lt' ? '<' : operator}${values[0]}`;
}

function matcherOf(requirements: readonly Requirement[]): LabelMatcher {
  if (requirements.length === 0) return matchesEverything;
  const isExact = requirements.every(({ operator }) => operator === '=');
  const none = {};
  return {
    matches: (labels) => requirements.every((requirement) => holds(requirement, labels ?? none)),
    text: requirements.map(textOf).sort().join(','),
    exact: isExact ? Object.fromEntries(requirements.map(({ key, values }) => [key, values[0]!])) : undefined,
  };
}

type Token = { readonly type: 'word' | 'symbol' | 'end'; readonly text: string };
const longestSelector = 64 * 1024;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [, symbol, word] of text.matchAll(/\s*(?:(==|!=|[=!(),<>])|([^\s=!(),<>]+))/g)) {
    tokens.push(symbol === undefined ? { type: 'word', text: word! } : { type: 'symbol', text: symbol });
  }
  tokens.push({ type: 'end', text: '' });
  return tokens;
}
const unable = (detail: string) => badRequest(`unable to parse requirement: ${detail}`);

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }
  #peek(): Token {
    return this.#tokens[this.#at]!;
  }
  #take(): Token {
    return this.#tokens[this.#at++]!;
  }
  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.#peek().type === 'end') return requirements;
    for (;;) {
      requirements.push(this.#requirement());
      const separator = this.#take();
      if (separator.type === 'end') return requirements;
      if (separator.text !== ',') throw badRequest(`found '${separator.text}', expected: ',' or 'end of string'`);
      if (this.#peek().type === 'end') throw badRequest(`found '', expected: identifier after ','`);
    }
  }
  #requirement(): Requirement {
    const negated = this.#peek().text === '!' && this.#peek().type === 'symbol';
    if (negated) this.#take();
    const key = this.#take();
    if (key.type !== 'word') throw unable(`found '${key.text}', expected: identifier`);
    const wrong = isQualifiedName(key.text);
    if (wrong.length > 0) throw unable(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${wrong.join('; ')}`);
    if (negated) return { key: key.text, operator: '!', values: [] };
    const next = this.#peek();
    if (next.type === 'end' || next.text === ',') return { key: key.text, operator: 'exists', values: [] };
    this.#take();
    if (next.text === 'in' || next.text === 'notin') return { key: key.text, operator: next.text, values: this.#values(key.text) };
    if (next.text === '=' || next.text === '==' || next.text === '!=') {
      return {
        key: key.text,
        operator: next.text === '!=' ? '!=' : '=',
        values: [this.#checked(key.text, this.#peek().type === 'word' ? this.#take().text : '')],
      };
    }
    if (next.text === '>' || next.text === '<') {
      const value = this.#take().text;
      if (!/^-?\d+$/.test(value))
        throw unable(
          `values[0][${key.text}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
        );
      return { key: key.text, operator: next.text === '>' ? 'gt' : 'lt', values: [value] };
    }
    throw unable(`found '${next.text}', expected: in, notin, =, ==, !=, gt, lt`);
  }
  #values(key: string): string[] {
    if (this.#take().text !== '(') throw unable(`found '${this.#tokens[this.#at - 1]!.text}' expected: '('`);
    const values: string[] = [];
    for (let expectValue = true; ; ) {
      const token = this.#take();
      if (token.type === 'word') {
        values.push(this.#checked(key, token.text));
        expectValue = false;
      } else if (token.text === ',') {
        if (expectValue) values.push('');
        expectValue = true;
      } else if (token.text === ')') {
        if (expectValue) values.push('');
        return values;
      } else throw unable(`found '${token.text}', expected: ',', ')' or identifier`);
    }
  }
  #checked(key: string, value: string): string {
    const wrong = isLabelValue(value);
    if (wrong.length > 0) throw unable(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${wrong.join('; ')}`);
    return value;
  }
}

/** Of the query's form. Throws 400. */
export function parseLabelSelector(text: string): LabelMatcher {
  if (text.length > longestSelector) throw badRequest('the label selector is too long');
  return matcherOf(new Parser(text).parse());
}

interface SelectorLike {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | undefined }[]
    | undefined;
}
const operators: Readonly<Record<string, Operator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!', Gt: 'gt', Lt: 'lt' };
const memo = new WeakMap<SelectorLike, LabelMatcher>();

/** Of the API's form: absent selects nothing, empty selects everything. Memoised by object, which is immutable. */
export function labelSelectorMatcher(selector: SelectorLike | null | undefined): LabelMatcher {
  if (selector === null || selector === undefined) return matchesNothing;
  let matcher = memo.get(selector);
  if (matcher === undefined) {
    const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]): Requirement => ({ key, operator: '=', values: [value] }));
    const expressions = (selector.matchExpressions ?? []).map(
      ({ key, operator, values }): Requirement => ({ key, operator: operators[operator] ?? '!', values: values ?? [] }),
    );
    matcher = matcherOf([...labels, ...expressions]);
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

/** 'a=b,c!=d' with backslash escapes of ',', '=' and '\'. Throws 400. */
export function parseFieldSelector(text: string): readonly FieldTerm[] {
  const terms: FieldTerm[] = [];
  for (const part of splitUnescaped(text)) {
    if (part === '') continue;
    const match = /^([^=!]*?)(!=|==|=)(.*)$/s.exec(part);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    terms.push({ field: match[1]!, negated: match[2] === '!=', value: match[3]!.replaceAll(/\\([\\,=])/g, '$1') });
  }
  return terms;
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
