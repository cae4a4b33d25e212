/** From text to expressions, macros expanded (cel-go parser/). Ids and positions are given in cel-go's order. */
import { type Expr, type MapEntry, type Parsed, type StructField, binaryOperators, operators } from './ast.ts';
import { type Token, tokenize, unescapeBytes, unescapeString } from './lexer.ts';
import { type Macro, MacroBuilder, MacroError, macroKey } from './macros.ts';
import { Issues, type Location, Source, noLocation } from './source.ts';
import { reportSyntaxErrors } from './syntax-errors.ts';
import { type CelValue, Bytes, Double, Uint, fitsInt64, toInt, uint64Max } from './values.ts';

export interface ParserOptions {
  readonly macros: ReadonlyMap<string, Macro>;
  /** `a.?b`, `a[?b]`, `[?a]`, `{?a: b}` */
  readonly optionalSyntax: boolean;
  /** Field names in backquotes. */
  readonly escapedIdentifiers: boolean;
}

const longestExpression = 100_000;
export const deepestRecursion = 250;
const reserved = new Set([
  ...['as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import', 'in', 'let', 'loop', 'package', 'namespace'],
  ...['null', 'return', 'true', 'var', 'void', 'while'],
]);

/** The text is not of the grammar; what is wrong, syntax-errors.ts finds out. */
class SyntaxFailure extends Error {}
/** Parsing cannot go on. */
class RecursionFailure extends Error {}

type Rule = 'expr' | 'relation' | 'calc' | 'member';

export class Parser {
  readonly #tokens: readonly Token[];
  readonly #options: ParserOptions;
  readonly issues: Issues;
  readonly offsets = new Map<number, number>();
  #at = 0;
  nextId = 1;
  readonly #depth: Record<Rule, number> = { expr: 0, relation: 0, calc: 0, member: 0 };
  /** Of the expression that was built last: levels of operators, selects and calls. */
  #height = 0;

  constructor(tokens: readonly Token[], options: ParserOptions, issues: Issues) {
    this.#tokens = tokens;
    this.#options = options;
    this.issues = issues;
  }

  parse(): Expr {
    const expr = this.#expr();
    if (this.#kind !== 'EOF') throw new SyntaxFailure();
    return expr;
  }

  get #kind(): string {
    return this.#tokens[this.#at]!.kind;
  }
  #kindAt(ahead: number): string {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!.kind;
  }
  #next(): Token {
    if (this.#kind === 'EOF') throw new SyntaxFailure();
    return this.#tokens[this.#at++]!;
  }
  #expect(kind: string): Token {
    if (this.#kind !== kind) throw new SyntaxFailure();
    return this.#next();
  }
  #accept(kind: string): Token | undefined {
    return this.#kind === kind ? this.#next() : undefined;
  }

  newId(offset: number): number {
    this.offsets.set(this.nextId, offset);
    return this.nextId++;
  }
  deleteId(id: number): void {
    this.offsets.delete(id);
    if (id === this.nextId - 1) this.nextId--;
  }
  locationOf(id: number): Location {
    const offset = this.offsets.get(id);
    return offset === undefined ? noLocation : this.issues.source.location(offset);
  }
  #error(offset: number, message: string): Expr {
    const id = this.newId(offset);
    this.issues.report(this.locationOf(id), message);
    return { kind: 'unspecified', id };
  }
  #enter(rule: Rule): void {
    if (++this.#depth[rule] > deepestRecursion) throw new RecursionFailure(`expression recursion limit exceeded: ${deepestRecursion}`);
  }
  #raise(height: number): void {
    this.#height = height + 1;
    if (this.#height > deepestRecursion) throw new RecursionFailure('max recursion depth exceeded');
  }

  #expr(): Expr {
    this.#enter('expr');
    let result = this.#or();
    const op = this.#accept('?');
    if (op !== undefined) {
      let height = this.#height;
      const id = this.newId(op.offset);
      const yes = this.#or();
      height = Math.max(height, this.#height);
      this.#expect(':');
      const no = this.#expr();
      this.#raise(Math.max(height, this.#height));
      result = this.#callOrMacro(id, operators.conditional, undefined, [result, yes, no]);
    }
    this.#depth.expr--;
    return result;
  }
  #or(): Expr {
    return this.#logic('||', operators.or, () => this.#logic('&&', operators.and, () => this.#binary('relation', 1)));
  }
  /** Operands of one operator in a row become a balanced tree, so that long chains stay shallow. */
  #logic(token: string, name: string, operand: () => Expr): Expr {
    const terms = [operand()];
    let height = this.#height;
    const ids: number[] = [];
    while (this.#kind === token) {
      const op = this.#next();
      terms.push(operand());
      height = Math.max(height, this.#height);
      ids.push(this.newId(op.offset));
    }
    this.#height = height;
    const balance = (low: number, high: number): Expr => {
      const middle = (low + high + 1) >> 1;
      const left = middle === low ? terms[middle]! : balance(low, middle - 1);
      const right = middle === high ? terms[middle + 1]! : balance(middle + 1, high);
      return { kind: 'call', id: ids[middle]!, name, args: [left, right] };
    };
    return ids.length === 0 ? terms[0]! : balance(0, ids.length - 1);
  }
  /** Operators of at least this precedence; a row of them counts as deep as it is long, as in a left-recursive rule. */
  #binary(rule: 'relation' | 'calc', lowest: number): Expr {
    this.#enter(rule);
    let entered = 1;
    let left = rule === 'relation' ? this.#binary('calc', 1) : this.#unary();
    let height = this.#height;
    const precedences = rule === 'relation' ? relationOperators : calcOperators;
    for (let precedence = precedences[this.#kind]; precedence !== undefined && precedence >= lowest; precedence = precedences[this.#kind]) {
      this.#enter(rule);
      entered++;
      const op = this.#next();
      const id = this.newId(op.offset);
      const right = this.#binary(rule, precedence + 1);
      this.#raise(Math.max(height, this.#height));
      height = this.#height;
      left = this.#callOrMacro(id, binaryOperators[op.kind]!, undefined, [left, right]);
    }
    this.#depth[rule] -= entered;
    this.#height = height;
    return left;
  }
  #unary(): Expr {
    const sign = this.#kind;
    const isNumber = (kind: string) => kind === 'NUM_INT' || kind === 'NUM_FLOAT';
    if (sign !== '!' && (sign !== '-' || isNumber(this.#kindAt(1)))) return this.#member();
    const first = this.#tokens[this.#at]!;
    let count = 0;
    // The last minus before a number may belong to it, but the row of signs takes all that it can.
    while (this.#kind === sign) {
      this.#next();
      count++;
    }
    if (count % 2 === 0) return this.#member();
    const id = this.newId(first.offset);
    const operand = this.#member();
    return this.#callOrMacro(id, sign === '!' ? operators.not : operators.negate, undefined, [operand]);
  }
  #member(): Expr {
    this.#enter('member');
    let entered = 1;
    let operand = this.#primary();
    let height = this.#height;
    while (this.#kind === '.' || this.#kind === '[') {
      this.#enter('member');
      entered++;
      if (this.#kind === '[') {
        operand = this.#index(operand, height);
      } else if (this.#kindAt(1) === 'IDENTIFIER' && this.#kindAt(2) === '(') {
        this.#next();
        const name = this.#next().text;
        const open = this.#next();
        const id = this.newId(open.offset);
        const args = this.#arguments(height);
        operand = this.#callOrMacro(id, name, operand, args);
      } else {
        operand = this.#select(operand);
        this.#raise(height);
      }
      height = this.#height;
    }
    this.#depth.member -= entered;
    return operand;
  }
  #index(target: Expr, height: number): Expr {
    const op = this.#next();
    const optional = this.#accept('?') !== undefined;
    const id = this.newId(op.offset);
    const index = this.#expr();
    this.#expect(']');
    this.#raise(Math.max(height, this.#height));
    if (optional && !this.#options.optionalSyntax) return this.#error(op.offset, "unsupported syntax '[?'");
    return this.#callOrMacro(id, optional ? operators.optionalIndex : operators.index, undefined, [target, index]);
  }
  #select(operand: Expr): Expr {
    const op = this.#next();
    const optional = this.#accept('?') !== undefined;
    const token = this.#next();
    const field = this.#fieldName(token, token.offset);
    if (!optional) return { kind: 'select', id: this.newId(op.offset), operand, field, testOnly: false };
    if (!this.#options.optionalSyntax) return this.#error(op.offset, "unsupported syntax '.?'");
    const nameId = this.newId(token.offset);
    const id = this.newId(op.offset);
    return { kind: 'call', id, name: operators.optionalSelect, args: [operand, { kind: 'literal', id: nameId, value: field }] };
  }
  /** A plain name, or one in backquotes. */
  #fieldName(token: Token, offset: number): string {
    if (token.kind === 'IDENTIFIER') return token.text;
    if (token.kind !== 'ESC_IDENTIFIER') throw new SyntaxFailure();
    if (!this.#options.escapedIdentifiers) this.#error(offset, "unsupported syntax: '`'");
    return token.text.slice(1, -1);
  }
  /** After the bracket; raises the height over all arguments and the target's. */
  #arguments(height: number): Expr[] {
    const args: Expr[] = [];
    let highest = height;
    if (this.#kind !== ')') {
      do {
        args.push(this.#expr());
        highest = Math.max(highest, this.#height);
      } while (this.#accept(',') !== undefined);
    }
    this.#expect(')');
    this.#raise(highest);
    return args;
  }

  #primary(): Expr {
    const token = this.#tokens[this.#at]!;
    this.#height = 0;
    switch (token.kind) {
      case '(': {
        this.#next();
        const inner = this.#expr();
        this.#expect(')');
        return inner;
      }
      case '[':
        return this.#list();
      case '{':
        return this.#map();
      case '.':
      case 'IDENTIFIER':
        return this.#named();
      default:
        return this.#literal();
    }
  }
  /** A variable, a call or a message. */
  #named(): Expr {
    const start = this.#tokens[this.#at]!;
    const dot = this.#accept('.') === undefined ? '' : '.';
    const name = this.#expect('IDENTIFIER');
    if (this.#kind === '(') {
      const open = this.#next();
      if (reserved.has(name.text)) {
        this.#height = 0;
        this.#arguments(-1);
        return this.#error(start.offset, `reserved identifier: ${name.text}`);
      }
      const id = this.newId(open.offset);
      const args = this.#arguments(-1);
      return this.#callOrMacro(id, dot + name.text, undefined, args);
    }
    let ahead = 0;
    while (this.#kindAt(ahead) === '.' && this.#kindAt(ahead + 1) === 'IDENTIFIER') ahead += 2;
    if (this.#kindAt(ahead) === '{') {
      let full = dot + name.text;
      for (; ahead > 0; ahead -= 2) {
        this.#next();
        full += `.${this.#next().text}`;
      }
      return this.#struct(full);
    }
    if (reserved.has(name.text)) return this.#error(start.offset, `reserved identifier: ${name.text}`);
    return { kind: 'ident', id: this.newId(name.offset), name: dot + name.text };
  }
  #list(): Expr {
    const id = this.newId(this.#next().offset);
    const elements: Expr[] = [];
    const optionals: number[] = [];
    let height = 0;
    while (this.#kind !== ']' && (this.#kind !== ',' || elements.length > 0)) {
      const mark = this.#accept('?');
      elements.push(this.#expr());
      height = Math.max(height, this.#height);
      if (mark !== undefined) {
        if (this.#options.optionalSyntax) optionals.push(elements.length - 1);
        else this.#error(mark.offset, "unsupported syntax '?'");
      }
      if (this.#accept(',') === undefined) break;
    }
    if (elements.length === 0) this.#accept(',');
    this.#expect(']');
    this.#height = height;
    return { kind: 'list', id, elements, optionals };
  }
  #map(): Expr {
    const id = this.newId(this.#next().offset);
    const entries: MapEntry[] = [];
    let height = 0;
    while (this.#kind !== '}' && (this.#kind !== ',' || entries.length > 0)) {
      const mark = this.#accept('?');
      const entryId = this.newId(0);
      const key = this.#expr();
      height = Math.max(height, this.#height);
      this.offsets.set(entryId, this.#expect(':').offset);
      const value = this.#expr();
      height = Math.max(height, this.#height);
      if (mark !== undefined && !this.#options.optionalSyntax) this.#error(mark.offset, "unsupported syntax '?'");
      else entries.push({ id: entryId, key, value, optional: mark !== undefined });
      if (this.#accept(',') === undefined) break;
    }
    if (entries.length === 0) this.#accept(',');
    this.#expect('}');
    this.#height = height;
    return { kind: 'map', id, entries };
  }
  #struct(name: string): Expr {
    const id = this.newId(this.#expect('{').offset);
    const fields: StructField[] = [];
    let height = 0;
    while (this.#kind !== '}' && (this.#kind !== ',' || fields.length > 0)) {
      const mark = this.#accept('?');
      const token = this.#next();
      const colon = this.#expect(':');
      const fieldId = this.newId(colon.offset);
      const field = this.#fieldName(token, token.offset);
      const value = this.#expr();
      height = Math.max(height, this.#height);
      if (mark !== undefined && !this.#options.optionalSyntax) this.#error(mark.offset, "unsupported syntax '?'");
      else fields.push({ id: fieldId, name: field, value, optional: mark !== undefined });
      if (this.#accept(',') === undefined) break;
    }
    if (fields.length === 0) this.#accept(',');
    this.#expect('}');
    this.#height = height;
    return { kind: 'struct', id, name, fields };
  }
  #literal(): Expr {
    const start = this.#tokens[this.#at]!;
    const minus = this.#accept('-') !== undefined;
    const token = this.#next();
    const literal = (value: CelValue): Expr => ({ kind: 'literal', id: this.newId(start.offset), value });
    const sign = minus ? '-' : '';
    switch (token.kind) {
      case 'NUM_INT': {
        const value = minus ? -BigInt(token.text) : BigInt(token.text);
        return fitsInt64(value) ? literal(toInt(value)) : this.#error(start.offset, 'invalid int literal');
      }
      case 'NUM_FLOAT': {
        const value = Number(sign + token.text);
        return Number.isFinite(value) ? literal(new Double(value)) : this.#error(start.offset, 'invalid double literal');
      }
    }
    if (minus) throw new SyntaxFailure();
    switch (token.kind) {
      case 'NUM_UINT': {
        const value = BigInt(token.text.slice(0, -1));
        return value <= uint64Max ? literal(new Uint(value)) : this.#error(start.offset, 'invalid uint literal');
      }
      case 'STRING':
        return literal(this.#unescaped(start, () => unescapeString(token.text)) ?? token.text);
      case 'BYTES':
        return literal(new Bytes(this.#unescaped(start, () => unescapeBytes(token.text.slice(1))) ?? new Uint8Array()));
      case 'true':
        return literal(true);
      case 'false':
        return literal(false);
      case 'null':
        return literal(null);
    }
    throw new SyntaxFailure();
  }
  #unescaped<T>(token: Token, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#error(token.offset, (error as Error).message);
      return undefined;
    }
  }

  #callOrMacro(id: number, name: string, target: Expr | undefined, args: readonly Expr[]): Expr {
    const macro =
      this.#options.macros.get(macroKey(name, args.length, target !== undefined)) ??
      this.#options.macros.get(macroKey(name, '*', target !== undefined));
    if (macro !== undefined) {
      try {
        const expanded = macro.expand(new MacroBuilder(this, id), target, args);
        if (expanded !== undefined) {
          this.deleteId(id);
          return expanded;
        }
      } catch (error) {
        if (!(error instanceof MacroError)) throw error;
        const offset = this.offsets.get(error.id) ?? this.offsets.get(id) ?? 0;
        this.deleteId(id);
        return this.#error(offset, error.message);
      }
    }
    return target === undefined ? { kind: 'call', id, name, args } : { kind: 'call', id, name, target, args };
  }
}
const relationOperators: Readonly<Record<string, number>> = { '<': 1, '<=': 1, '>=': 1, '>': 1, '==': 1, '!=': 1, in: 1 };
const calcOperators: Readonly<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2 };

/** What was parsed, or what is wrong with the text. */
export function parse(text: string, options: ParserOptions): { parsed?: Parsed; issues: Issues } {
  const source = new Source(text);
  const issues = new Issues(source);
  if (source.runes.length > longestExpression) {
    issues.report(noLocation, `expression code point size exceeds limit: size: ${source.runes.length}, limit ${longestExpression}`);
    return { issues };
  }
  const tokens = tokenize(source.text);
  if (tokens !== undefined) {
    const parser = new Parser(tokens, options, issues);
    try {
      const expr = parser.parse();
      return issues.count > 0 ? { issues } : { parsed: { expr, offsets: parser.offsets }, issues };
    } catch (error) {
      if (error instanceof RecursionFailure) {
        issues.report(noLocation, error.message);
        return { issues };
      }
      if (!(error instanceof SyntaxFailure)) throw error;
    }
  }
  const found = new Issues(source);
  reportSyntaxErrors(source, found);
  return { issues: found };
}
