/**
 * Which alternative the next tokens ask for, and what tokens can come next: ANTLR's adaptive prediction, so that errors are found
 * where ANTLR finds them. Contexts are first left out of account (any caller may follow), and taken in only if that is ambiguous.
 */
import type { Token } from './lexer.ts';
import { type RuleName, type State, followers, rules } from './syntax-grammar.ts';

/** Where rules go on that were called, innermost first. */
interface Stack {
  readonly follow: State;
  readonly below: Stack | undefined;
  readonly key: string;
}
const push = (follow: State, below: Stack | undefined): Stack => ({ follow, below, key: `${follow.id},${below?.key ?? ''}` });

/** A call of a rule that the parser is in. */
export interface Context {
  readonly rule: RuleName;
  readonly precedence: number;
  /** The state that called it. */
  readonly invoking: State | undefined;
  readonly parent: Context | undefined;
}
export const followOf = (invoking: State): State => invoking.out[0]!.to;

export const epsilon = '';
const nextCache = new Map<number, ReadonlySet<string>>();
/** Tokens that can come next; `epsilon` if the rule can end before one comes. */
export function nextTokens(state: State): ReadonlySet<string> {
  let known = nextCache.get(state.id);
  if (known === undefined) {
    const found = new Set<string>();
    look(state, undefined, found, new Set());
    known = found;
    nextCache.set(state.id, known);
  }
  return known;
}
function look(state: State, stack: Stack | undefined, found: Set<string>, seen: Set<string>): void {
  const key = `${state.id}|${stack?.key ?? ''}`;
  if (seen.has(key)) return;
  seen.add(key);
  if (state.kind === 'stop') {
    if (stack === undefined) found.add(epsilon);
    else look(stack.follow, stack.below, found, seen);
    return;
  }
  for (const transition of state.out) {
    if (transition.on === 'tokens') for (const kind of transition.tokens) found.add(kind);
    else if (transition.on === 'rule') {
      // A rule within itself adds nothing.
      let deep = 0;
      for (let one = stack; one !== undefined; one = one.below) if (one.follow === transition.to) deep++;
      if (deep === 0) look(rules[transition.rule].start, push(transition.to, stack), found, seen);
    } else look(transition.to, stack, found, seen);
  }
}
/** Tokens that can come next, callers taken into account. */
export function expectedTokens(state: State, context: Context | undefined): ReadonlySet<string> {
  const expected = new Set(nextTokens(state));
  let open = expected.delete(epsilon);
  for (let one = context; open && one?.invoking !== undefined; one = one.parent) {
    const following = nextTokens(followOf(one.invoking));
    for (const kind of following) if (kind !== epsilon) expected.add(kind);
    open = following.has(epsilon);
  }
  if (open) expected.add('EOF');
  return expected;
}

interface Config {
  readonly state: State;
  readonly alternative: number;
  readonly stack: Stack | undefined;
  /** It has left the rule in which the decision is. */
  readonly outer: boolean;
}
const keyOf = (config: Config) => `${config.state.id}|${config.alternative}|${config.stack?.key ?? ''}|${config.outer}`;

interface Start {
  readonly decision: State;
  readonly precedence: number;
}
/** Adds what is reached without a token. `start`: precedences count, as nothing was read yet. */
function close(config: Config, into: Map<string, Config>, full: boolean, start: Start | undefined): void {
  const key = keyOf(config);
  if (into.has(key)) return;
  into.set(key, config);
  const { state, stack } = config;
  if (state.kind === 'stop') {
    if (stack !== undefined) close({ ...config, state: stack.follow, stack: stack.below }, into, full, start);
    else if (!full)
      for (const follow of followers[state.rule] ?? []) close({ ...config, state: follow, outer: true }, into, full, undefined);
    return;
  }
  for (const transition of state.out) {
    if (transition.on === 'rule') {
      close({ ...config, state: rules[transition.rule].start, stack: push(transition.to, stack) }, into, full, undefined);
    } else if (transition.on === 'precedence') {
      const counts = start !== undefined && !config.outer && stack === undefined && start.decision.rule === state.rule;
      if (!counts || transition.precedence >= start.precedence) close({ ...config, state: transition.to }, into, full, start);
    } else if (transition.on === 'nothing') close({ ...config, state: transition.to }, into, full, start);
  }
}
type Configs = ReadonlyMap<string, Config>;
function startConfigs(decision: State, precedence: number, stack: Stack | undefined, full: boolean): Configs {
  const configs = new Map<string, Config>();
  for (const [index, transition] of decision.out.entries()) {
    close(
      { state: transition.to, alternative: index + 1, stack, outer: false },
      configs,
      full,
      full ? undefined : { decision, precedence },
    );
  }
  if (decision.kind !== 'loop' || !rules[decision.rule].recursive) return configs;
  // The operator belongs to the innermost rule that may have it.
  const first = new Set<string>();
  for (const one of configs.values()) if (one.alternative === 1) first.add(`${one.state.id}|${one.stack?.key ?? ''}`);
  return new Map([...configs].filter(([, one]) => one.alternative === 1 || !first.has(`${one.state.id}|${one.stack?.key ?? ''}`)));
}
/** Configurations after the token; at the end of the text those stay that are at the end of all. */
function reach(configs: Configs, kind: string, full: boolean): Configs {
  const reached = new Map<string, Config>();
  for (const config of configs.values()) {
    for (const transition of config.state.out) {
      if (transition.on === 'tokens' && transition.tokens.has(kind)) close({ ...config, state: transition.to }, reached, full, undefined);
    }
    if (kind === 'EOF' && config.state.kind === 'stop' && config.stack === undefined) reached.set(keyOf(config), config);
  }
  return reached;
}
function uniqueAlternative(configs: Configs): number {
  let found = 0;
  for (const { alternative } of configs.values()) {
    if (found !== 0 && alternative !== found) return 0;
    found = alternative;
  }
  return found;
}
/** Alternatives that cannot be told apart any more, by place and stack. */
function conflicts(configs: Configs): ReadonlySet<number>[] {
  const groups = new Map<string, Set<number>>();
  for (const { state, stack, alternative } of configs.values()) {
    const key = `${state.id}|${stack?.key ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, new Set([alternative]));
    else group.add(alternative);
  }
  return [...groups.values()];
}
function isConflict(configs: Configs): boolean {
  const all = [...configs.values()];
  if (all.every((one) => one.state.kind === 'stop')) return true;
  if (!conflicts(configs).some((group) => group.size > 1)) return false;
  const byState = new Map<number, Set<number>>();
  for (const { state, alternative } of all) {
    const known = byState.get(state.id);
    if (known === undefined) byState.set(state.id, new Set([alternative]));
    else known.add(alternative);
  }
  return ![...byState.values()].some((alternatives) => alternatives.size === 1);
}
/** The first alternative that has come to the end of the rule: what follows may be wrong, but it is not this decision's. */
function finished(configs: Configs): number {
  let found = 0;
  for (const { outer, state, stack, alternative } of configs.values()) {
    if ((outer || (state.kind === 'stop' && stack === undefined)) && (found === 0 || alternative < found)) found = alternative;
  }
  return found;
}

/** A state of the automaton that predicts without context; kept, since texts ask the same again and again. */
interface Known {
  readonly configs: Configs;
  readonly unique: number;
  readonly conflict: boolean;
  readonly next: Map<string, Known | undefined>;
}
const known = (configs: Configs): Known => {
  const unique = uniqueAlternative(configs);
  return { configs, unique, conflict: unique === 0 && isConflict(configs), next: new Map() };
};
const begins = new Map<string, Known>();

/** The alternative, from 1; or the token at which none is left. */
export function predict(decision: State, tokens: readonly Token[], at: number, context: Context): number | { readonly failedAt: Token } {
  const { precedence } = context;
  const key = `${decision.id}|${precedence}`;
  let begin = begins.get(key);
  if (begin === undefined) {
    begin = known(startConfigs(decision, precedence, undefined, false));
    begins.set(key, begin);
  }
  let current: Known = begin;
  for (let index = at; ; index++) {
    const token = tokens[Math.min(index, tokens.length - 1)]!;
    let next: Known | undefined = current.next.get(token.kind);
    if (next === undefined && !current.next.has(token.kind)) {
      const configs = reach(current.configs, token.kind, false);
      next = configs.size === 0 ? undefined : known(configs);
      current.next.set(token.kind, next);
    }
    if (next === undefined) return finished(current.configs) || { failedAt: token };
    if (next.unique !== 0) return next.unique;
    if (next.conflict) return predictInContext(decision, tokens, at, context);
    current = next;
  }
}
function predictInContext(decision: State, tokens: readonly Token[], at: number, context: Context): number | { readonly failedAt: Token } {
  let stack: Stack | undefined;
  const callers: State[] = [];
  for (let one: Context | undefined = context; one?.invoking !== undefined; one = one.parent) callers.push(followOf(one.invoking));
  for (const caller of callers.reverse()) stack = push(caller, stack);
  let configs = startConfigs(decision, context.precedence, stack, true);
  for (let index = at; ; index++) {
    const token = tokens[Math.min(index, tokens.length - 1)]!;
    const next = reach(configs, token.kind, true);
    if (next.size === 0) return finished(configs) || { failedAt: token };
    const unique = uniqueAlternative(next);
    if (unique !== 0) return unique;
    const smallest = new Set(conflicts(next).map((group) => Math.min(...group)));
    if (smallest.size === 1) return [...smallest][0]!;
    configs = next;
  }
}
