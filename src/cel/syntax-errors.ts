/**
 * What is wrong with a text that is not of the grammar, in the words of cel-go: those of ANTLR's parser and its recovery from errors
 * (antlr4-go error_strategy.go). Runs only for texts that the real parser has refused.
 */
import { type Token, tokenAt } from './lexer.ts';
import { type Issues, type Source, noLocation } from './source.ts';
import { hasSurrogates } from './strings.ts';
import { type Part, type RuleName, type State, displaySet, rules } from './syntax-grammar.ts';
import { type Context, epsilon, expectedTokens, followOf, nextTokens, predict } from './syntax-predict.ts';

const mostErrors = 100;
const mostRecoveries = 30;
const mostSkipped = 256;
const deepest = 250;

/** The parser gives up; what there is to say was said. */
class GaveUp extends Error {}
/** The rule at hand cannot go on. */
interface Failure {
  readonly message: string;
  readonly token: Token;
}

const shown = (text: string) => `'${text.replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
const reservedAsIdentifier = /no viable alternative at input '.(true|false|null)'/;

class Reporter {
  readonly #issues: Issues;
  #count = 0;
  constructor(issues: Issues) {
    this.#issues = issues;
  }
  syntax(offset: number, message: string): void {
    const location = this.#issues.source.location(offset);
    const text = message.replace(reservedAsIdentifier, "mismatched input '$1' expecting IDENTIFIER");
    if (this.#count >= mostErrors) {
      this.#issues.report(location, `Syntax error: More than ${mostErrors} syntax errors`);
      throw new GaveUp();
    }
    this.#count++;
    this.#issues.report(location, `Syntax error: ${text}`);
  }
  plain(message: string): never {
    this.#issues.report(noLocation, message);
    throw new GaveUp();
  }
}

/** How much of a quoted text, from its quote on, a token could begin with. */
function quotedPrefix(text: string, at: number): number {
  const quote = text[at]!;
  for (let index = at + 1; index < text.length; index++) {
    const char = text[index]!;
    if (char === '\n' || char === '\r' || char === quote) return index;
    if (char !== '\\') continue;
    const rest = text.slice(index + 1, index + 10);
    const longest = /^(?:[abfnrtv"'\\?`]|[0-3][0-7]{0,2}|[xX][0-9a-fA-F]{0,2}|u[0-9a-fA-F]{0,4}|U[0-9a-fA-F]{0,8})/.exec(rest)?.[0] ?? '';
    const wanted = { x: 3, X: 3, u: 5, U: 9 }[longest[0] ?? ''] ?? (/[0-3]/.test(longest[0] ?? '') ? 3 : 1);
    if (longest.length < wanted) return index + 1 + longest.length;
    index += longest.length;
  }
  return text.length;
}
/** Where the text that could be a token ends, and what follows is none. */
function failsAt(text: string, at: number): number {
  const char = text[at]!;
  if (char === '"' || char === "'") return quotedPrefix(text, at);
  if (char === '`') return at + /^`[A-Za-z0-9_./ -]*/.exec(text.slice(at))![0].length;
  return '=&|'.includes(char) ? at + 1 : at;
}
/** A token and the white space and comments before it; what is no token is in neither. */
interface SpacedToken extends Token {
  readonly space: string;
}
function readTokens(source: Source, reporter: Reporter): SpacedToken[] {
  const { text } = source;
  const wide = hasSurrogates(text);
  const length = (part: string) => (wide ? [...part].length : part.length);
  const tokens: SpacedToken[] = [];
  let space = '';
  let at = 0;
  let offset = 0;
  while (at < text.length) {
    const found = tokenAt(text, at);
    let part: string;
    if (found === undefined) {
      const end = failsAt(text, at);
      part = text.slice(at, end) + (end < text.length ? String.fromCodePoint(text.codePointAt(end)!) : '');
      reporter.syntax(offset, `token recognition error at: '${part}'`);
    } else {
      part = found.text;
      if (found.kind === 'space') space += part;
      else {
        tokens.push({ kind: found.kind, text: part, offset, space });
        space = '';
      }
    }
    at += part.length;
    offset += length(part);
  }
  tokens.push({ kind: 'EOF', text: '<EOF>', offset, space });
  return tokens;
}

class ErrorParser {
  readonly #tokens: readonly SpacedToken[];
  readonly #reporter: Reporter;
  #at = 0;
  #state!: State;
  #context!: Context;
  /** Between an error and the next token that fits, errors are not told. */
  #recovering = false;
  #lastErrorAt = -1;
  readonly #lastErrorStates = new Set<State>();
  #recoveries = 0;
  readonly #depth = new Map<RuleName, number>();

  constructor(tokens: readonly SpacedToken[], reporter: Reporter) {
    this.#tokens = tokens;
    this.#reporter = reporter;
  }
  run(): void {
    this.#rule('start', 0, undefined);
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }
  #consume(): void {
    if (this.#at < this.#tokens.length - 1) this.#at++;
  }
  get #expected(): ReadonlySet<string> {
    return expectedTokens(this.#state, this.#context);
  }
  #matched(): void {
    this.#recovering = false;
    this.#lastErrorStates.clear();
    this.#lastErrorAt = -1;
  }
  #report(token: Token, message: string): void {
    if (this.#recovering) return;
    this.#recovering = true;
    this.#reporter.syntax(token.offset, message);
  }

  #enter(rule: RuleName): void {
    const depth = (this.#depth.get(rule) ?? 0) + 1;
    this.#depth.set(rule, depth);
    if (depth > deepest) this.#reporter.plain(`expression recursion limit exceeded: ${deepest}`);
  }
  #rule(name: RuleName, precedence: number, invoking: State | undefined): void {
    const outer = this.#context;
    const depth = this.#depth.get(name) ?? 0;
    this.#enter(name);
    this.#context = { rule: name, precedence, invoking, parent: invoking === undefined ? undefined : outer };
    const failure = this.#part(rules[name].body);
    if (failure !== undefined) {
      this.#report(failure.token, failure.message);
      this.#recover();
    }
    this.#depth.set(name, depth);
    this.#context = outer;
    if (invoking !== undefined) this.#state = invoking;
  }

  #part(part: Part): Failure | undefined {
    switch (part.is) {
      case 'token':
        this.#state = part.state;
        return this.#match(part.kinds);
      case 'rule':
        this.#state = part.state;
        this.#rule(part.rule, part.precedence, part.state);
        return undefined;
      case 'sequence':
        for (const one of part.parts) {
          const failure = this.#part(one);
          if (failure !== undefined) return failure;
        }
        return undefined;
      case 'optional':
        return this.#sync(part.state) ?? (part.first.has(this.#token.kind) ? this.#part(part.of) : undefined);
      case 'star': {
        let failure = this.#sync(part.state);
        while (failure === undefined && part.first.has(this.#token.kind)) failure = this.#part(part.of) ?? this.#sync(part.back);
        return failure;
      }
      case 'plus': {
        let failure = this.#sync(part.state);
        if (failure !== undefined) return failure;
        do failure = this.#part(part.of) ?? this.#sync(part.back);
        while (failure === undefined && part.first.has(this.#token.kind));
        return failure;
      }
      case 'predictedStar':
        return this.#predictedStar(part);
      case 'predictedPlus': {
        let failure = this.#sync(part.state);
        for (let go = true; failure === undefined && go; ) {
          failure = this.#part(part.of) ?? this.#sync(part.back);
          if (failure !== undefined) break;
          const alternative = this.#predict(part.decision);
          if (typeof alternative !== 'number') return alternative;
          go = alternative === 1;
        }
        return failure;
      }
      case 'choice':
        return this.#choice(part);
    }
  }
  #predictedStar(part: Part & { is: 'predictedStar' | 'predictedPlus' }): Failure | undefined {
    const { rule } = part.state;
    let failure = this.#sync(part.state);
    while (failure === undefined) {
      const alternative = this.#predict(part.decision);
      if (typeof alternative !== 'number') return alternative;
      if (alternative !== 1) return undefined;
      if (rules[rule].recursive) this.#enter(rule);
      failure = this.#part(part.of) ?? this.#sync(part.back);
    }
    return failure;
  }
  #choice(part: Part & { is: 'choice' }): Failure | undefined {
    const failure = this.#sync(part.state);
    if (failure !== undefined) return failure;
    if (!part.predicted) {
      const fitting = part.alternatives.find((one) => one.is === 'token' && one.kinds.has(this.#token.kind));
      return fitting === undefined ? this.#noViable(this.#token, this.#token) : this.#part(fitting);
    }
    const alternative = this.#predict(part.state);
    return typeof alternative === 'number' ? this.#part(part.alternatives[alternative - 1]!) : alternative;
  }
  #predict(decision: State): number | Failure {
    const predicted = predict(decision, this.#tokens, this.#at, this.#context);
    return typeof predicted === 'number' ? predicted : this.#noViable(this.#token, predicted.failedAt);
  }
  #noViable(from: Token, to: Token): Failure {
    let text = from.text;
    for (let index = this.#tokens.indexOf(from as SpacedToken); this.#tokens[index] !== to; ) {
      index++;
      const { space, kind, text: next } = this.#tokens[index]!;
      text += kind === 'EOF' ? space : space + next;
    }
    return { message: `no viable alternative at input ${shown(text)}`, token: to };
  }
  #mismatch(): Failure {
    return { message: `mismatched input ${shown(this.#token.text)} expecting ${displaySet(this.#expected)}`, token: this.#token };
  }

  #match(kinds: ReadonlySet<string>): Failure | undefined {
    if (kinds.has(this.#token.kind)) {
      this.#matched();
      this.#consume();
      return undefined;
    }
    this.#countRecovery();
    if (this.#deleteToken()) {
      this.#consume();
      return undefined;
    }
    // As if the missing token were there.
    if (expectedTokens(this.#state.out[0]!.to, this.#context).has(this.#token.kind)) {
      this.#report(this.#token, `missing ${displaySet(this.#expected)} at ${shown(this.#token.text)}`);
      return undefined;
    }
    return this.#mismatch();
  }
  /** If the token after the next one fits, the next one is one too many. */
  #deleteToken(): boolean {
    const after = this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)]!;
    if (!this.#expected.has(after.kind)) return false;
    this.#unwanted();
    this.#consume();
    this.#matched();
    return true;
  }
  #unwanted(): void {
    if (this.#recovering) return;
    this.#report(this.#token, `extraneous input ${shown(this.#token.text)} expecting ${displaySet(this.#expected)}`);
  }
  /** Looks whether what comes next can be meant, before a choice. */
  #sync(state: State): Failure | undefined {
    this.#state = state;
    if (this.#recovering) return undefined;
    const next = nextTokens(state);
    if (next.has(epsilon) || next.has(this.#token.kind)) return undefined;
    if (state.kind !== 'loopBack') return this.#deleteToken() ? undefined : this.#mismatch();
    this.#unwanted();
    const until = new Set(this.#expected);
    for (const kind of this.#recoverySet()) until.add(kind);
    this.#skipUntil(until, Number.POSITIVE_INFINITY);
    return undefined;
  }
  /** What can follow any of the rules that the parser is in. */
  #recoverySet(): Set<string> {
    const found = new Set<string>();
    for (let one: Context | undefined = this.#context; one?.invoking !== undefined; one = one.parent) {
      for (const kind of nextTokens(followOf(one.invoking))) found.add(kind);
    }
    found.delete(epsilon);
    return found;
  }
  #skipUntil(kinds: ReadonlySet<string>, most: number): void {
    for (let count = 0; this.#token.kind !== 'EOF' && !kinds.has(this.#token.kind); count++) {
      if (count >= most) this.#reporter.plain(`error recovery token lookahead limit exceeded: ${mostSkipped}`);
      this.#consume();
    }
  }
  #countRecovery(): void {
    if (this.#recoveries === mostRecoveries) {
      this.#reporter.syntax(this.#token.offset, `error recovery attempt limit exceeded: ${mostRecoveries}`);
      throw new GaveUp();
    }
    this.#recoveries++;
  }
  #recover(): void {
    this.#countRecovery();
    let skipped = 0;
    if (this.#lastErrorAt === this.#at && this.#lastErrorStates.has(this.#state)) {
      this.#consume();
      skipped = 1;
    }
    this.#lastErrorAt = this.#at;
    this.#lastErrorStates.add(this.#state);
    this.#skipUntil(this.#recoverySet(), mostSkipped - skipped);
  }
}

export function reportSyntaxErrors(source: Source, issues: Issues): void {
  const reporter = new Reporter(issues);
  try {
    const tokens = readTokens(source, reporter);
    new ErrorParser(tokens, reporter).run();
  } catch (error) {
    if (!(error instanceof GaveUp)) throw error;
  }
}
