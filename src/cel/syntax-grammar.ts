/** The grammar of CEL (cel-go parser/gen/CEL.g4) as a graph of states, from which the words of ANTLR's syntax errors follow. */

/** In the order of their numbers, by which they are listed. */
const tokenKinds = [
  ...[
    'EOF',
    '==',
    '!=',
    'in',
    '<',
    '<=',
    '>=',
    '>',
    '&&',
    '||',
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    '.',
    ',',
    '-',
    '!',
    '?',
    ':',
    '+',
    '*',
    '/',
    '%',
  ],
  ...['true', 'false', 'null', 'NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER', 'ESC_IDENTIFIER'],
];
const order = new Map(tokenKinds.map((kind, index) => [kind, index]));
const displayed = (kind: string) => (kind === 'EOF' ? '<EOF>' : /^[A-Z]/.test(kind) ? kind : `'${kind}'`);
/** A set of tokens as ANTLR prints it: `{'[', '(', NUM_INT}`, or without braces if it is one. */
export function displaySet(kinds: ReadonlySet<string>): string {
  const names = [...kinds].sort((a, b) => order.get(a)! - order.get(b)!).map(displayed);
  return names.length === 1 ? names[0]! : `{${names.join(', ')}}`;
}

export type StateKind = 'basic' | 'block' | 'loop' | 'loopBack' | 'stop';
export type Transition =
  | { readonly on: 'nothing'; to: State }
  | { readonly on: 'tokens'; to: State; readonly tokens: ReadonlySet<string> }
  | { readonly on: 'rule'; readonly rule: RuleName; readonly precedence: number; to: State }
  /** Only if the rule was called with no higher precedence. */
  | { readonly on: 'precedence'; readonly precedence: number; to: State };
export interface State {
  readonly id: number;
  readonly kind: StateKind;
  readonly rule: RuleName;
  readonly out: Transition[];
}

/** How the parser walks the graph; `state` is where it is when it looks at a part. */
export type Part =
  | { readonly is: 'token'; readonly state: State; readonly kinds: ReadonlySet<string> }
  | { readonly is: 'rule'; readonly state: State; readonly rule: RuleName; readonly precedence: number }
  | { readonly is: 'sequence'; readonly parts: readonly Part[] }
  /** At most once, or many times, as the next token says. */
  | {
      readonly is: 'optional' | 'star' | 'plus';
      readonly state: State;
      readonly back: State;
      readonly first: ReadonlySet<string>;
      readonly of: Part;
    }
  /** As looking ahead says. */
  | {
      readonly is: 'predictedStar' | 'predictedPlus';
      readonly state: State;
      readonly back: State;
      readonly decision: State;
      readonly of: Part;
    }
  | { readonly is: 'choice'; readonly state: State; readonly predicted: boolean; readonly alternatives: readonly Part[] };

export type RuleName = keyof typeof grammar;
export interface Rule {
  readonly name: RuleName;
  readonly start: State;
  readonly stop: State;
  readonly body: Part;
  /** Left recursive: each turn of its loop counts as one level deeper. */
  readonly recursive: boolean;
}

type Node =
  | string
  | readonly Node[]
  | { readonly rule: string; readonly precedence?: number }
  | { readonly set: readonly string[] }
  | { readonly optional: Node; readonly first: readonly string[] }
  | { readonly star: Node; readonly first?: readonly string[] }
  | { readonly plus: Node; readonly first?: readonly string[] }
  | { readonly choice: readonly Node[]; readonly predicted: boolean }
  /** Operators of a left-recursive rule. */
  | { readonly operators: readonly { readonly precedence: number; readonly of: Node }[] };

const rule = (name: string, precedence = 0): Node => ({ rule: name, precedence });
const maybe = (token: string): Node => ({ optional: token, first: [token] });
const literalStart = ['-', 'true', 'false', 'null', 'NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES'];
const exprStart = ['[', '{', '(', '.', '!', 'IDENTIFIER', ...literalStart];
const list = (separator: string, element: Node, predicted: boolean): Node => [
  element,
  { star: [separator, element], ...(predicted ? {} : { first: [separator] }) },
];

const grammar = {
  start: [rule('expr'), 'EOF'],
  expr: [rule('conditionalOr'), { optional: ['?', rule('conditionalOr'), ':', rule('expr')], first: ['?'] }],
  conditionalOr: list('||', rule('conditionalAnd'), false),
  conditionalAnd: list('&&', rule('relation'), false),
  relation: [
    rule('calc'),
    { operators: [{ precedence: 1, of: [{ set: ['<', '<=', '>=', '>', '==', '!=', 'in'] }, rule('relation', 2)] }] },
  ],
  calc: [
    rule('unary'),
    {
      operators: [
        { precedence: 2, of: [{ set: ['*', '/', '%'] }, rule('calc', 3)] },
        { precedence: 1, of: [{ set: ['+', '-'] }, rule('calc', 2)] },
      ],
    },
  ],
  unary: {
    choice: [rule('member'), [{ plus: '!', first: ['!'] }, rule('member')], [{ plus: '-' }, rule('member')]],
    predicted: true,
  },
  member: [
    rule('primary'),
    {
      operators: [
        { precedence: 3, of: ['.', maybe('?'), rule('escapeIdent')] },
        { precedence: 2, of: ['.', 'IDENTIFIER', '(', { optional: rule('exprList'), first: exprStart }, ')'] },
        { precedence: 1, of: ['[', maybe('?'), rule('expr'), ']'] },
      ],
    },
  ],
  primary: {
    choice: [
      [maybe('.'), 'IDENTIFIER'],
      [maybe('.'), 'IDENTIFIER', '(', { optional: rule('exprList'), first: exprStart }, ')'],
      ['(', rule('expr'), ')'],
      ['[', { optional: rule('listInit'), first: ['?', ...exprStart] }, maybe(','), ']'],
      ['{', { optional: rule('mapInitializerList'), first: ['?', ...exprStart] }, maybe(','), '}'],
      [
        maybe('.'),
        'IDENTIFIER',
        { star: ['.', 'IDENTIFIER'], first: ['.'] },
        '{',
        { optional: rule('fieldInitializerList'), first: ['?', 'IDENTIFIER', 'ESC_IDENTIFIER'] },
        maybe(','),
        '}',
      ],
      rule('literal'),
    ],
    predicted: true,
  },
  exprList: list(',', rule('expr'), false),
  listInit: list(',', rule('optExpr'), true),
  fieldInitializerList: list(',', [rule('optField'), ':', rule('expr')], true),
  optField: [maybe('?'), rule('escapeIdent')],
  mapInitializerList: list(',', [rule('optExpr'), ':', rule('expr')], true),
  escapeIdent: { choice: ['IDENTIFIER', 'ESC_IDENTIFIER'], predicted: false },
  optExpr: [maybe('?'), rule('expr')],
  literal: {
    choice: [[maybe('-'), 'NUM_INT'], 'NUM_UINT', [maybe('-'), 'NUM_FLOAT'], 'STRING', 'BYTES', 'true', 'false', 'null'],
    predicted: true,
  },
} satisfies Record<string, Node>;

class Builder {
  #next = 0;
  #rule!: RuleName;
  state(kind: StateKind): State {
    return { id: this.#next++, kind, rule: this.#rule, out: [] };
  }
  rule(name: RuleName): Rule {
    this.#rule = name;
    const node: Node = grammar[name];
    const start = this.state('basic');
    const stop = this.state('stop');
    const { part, from, to } = this.#build(node);
    start.out.push({ on: 'nothing', to: from });
    to.out.push({ on: 'nothing', to: stop });
    return { name, start, stop, body: part, recursive: name === 'relation' || name === 'calc' || name === 'member' };
  }
  #build(node: Node): { part: Part; from: State; to: State } {
    if (typeof node === 'string') return this.#tokens([node]);
    if (Array.isArray(node)) return this.#sequence(node as readonly Node[]);
    if ('set' in node) return this.#tokens(node.set);
    if ('rule' in node) {
      const from = this.state('basic');
      const to = this.state('basic');
      const precedence = node.precedence ?? 0;
      from.out.push({ on: 'rule', rule: node.rule as RuleName, precedence, to });
      return { part: { is: 'rule', state: from, rule: node.rule as RuleName, precedence }, from, to };
    }
    if ('optional' in node) return this.#optional(node.optional, new Set(node.first));
    if ('star' in node) return this.#star(this.#build(node.star), node.first);
    if ('plus' in node) return this.#plus(node.plus, node.first);
    if ('choice' in node) return this.#choice(node.choice, node.predicted);
    return this.#operators((node as Extract<Node, { operators: unknown }>).operators);
  }
  #tokens(kinds: readonly string[]): { part: Part; from: State; to: State } {
    const from = this.state('basic');
    const to = this.state('basic');
    const tokens = new Set(kinds);
    from.out.push({ on: 'tokens', tokens, to });
    return { part: { is: 'token', state: from, kinds: tokens }, from, to };
  }
  #sequence(nodes: readonly Node[]): { part: Part; from: State; to: State } {
    const built = nodes.map((one) => this.#build(one));
    for (const [index, one] of built.slice(1).entries()) built[index]!.to.out.push({ on: 'nothing', to: one.from });
    return { part: { is: 'sequence', parts: built.map((one) => one.part) }, from: built[0]!.from, to: built.at(-1)!.to };
  }
  #optional(node: Node, first: ReadonlySet<string>): { part: Part; from: State; to: State } {
    const from = this.state('block');
    const to = this.state('basic');
    const inner = this.#build(node);
    from.out.push({ on: 'nothing', to: inner.from }, { on: 'nothing', to });
    inner.to.out.push({ on: 'nothing', to });
    return { part: { is: 'optional', state: from, back: from, first, of: inner.part }, from, to };
  }
  #star(inner: { part: Part; from: State; to: State }, first?: readonly string[]): { part: Part; from: State; to: State } {
    const from = this.state('loop');
    const back = this.state('loopBack');
    const to = this.state('basic');
    from.out.push({ on: 'nothing', to: inner.from }, { on: 'nothing', to });
    inner.to.out.push({ on: 'nothing', to: back });
    back.out.push({ on: 'nothing', to: from });
    if (first !== undefined) return { part: { is: 'star', state: from, back, first: new Set(first), of: inner.part }, from, to };
    return { part: { is: 'predictedStar', state: from, back, decision: from, of: inner.part }, from, to };
  }
  #plus(node: Node, first?: readonly string[]): { part: Part; from: State; to: State } {
    const from = this.state('block');
    const inner = this.#build(node);
    const back = this.state('loopBack');
    const to = this.state('basic');
    from.out.push({ on: 'nothing', to: inner.from });
    inner.to.out.push({ on: 'nothing', to: back });
    back.out.push({ on: 'nothing', to: from }, { on: 'nothing', to });
    if (first !== undefined) return { part: { is: 'plus', state: from, back, first: new Set(first), of: inner.part }, from, to };
    return { part: { is: 'predictedPlus', state: from, back, decision: back, of: inner.part }, from, to };
  }
  #choice(nodes: readonly Node[], predicted: boolean): { part: Part; from: State; to: State } {
    const from = this.state('block');
    const to = this.state('basic');
    const alternatives = nodes.map((one) => {
      const inner = this.#build(one);
      from.out.push({ on: 'nothing', to: inner.from });
      inner.to.out.push({ on: 'nothing', to });
      return inner.part;
    });
    return { part: { is: 'choice', state: from, predicted, alternatives }, from, to };
  }
  #operators(operators: readonly { readonly precedence: number; readonly of: Node }[]): { part: Part; from: State; to: State } {
    const block = this.state('block');
    const end = this.state('basic');
    const alternatives = operators.map(({ precedence, of }) => {
      const before = this.state('basic');
      const inner = this.#build(of);
      block.out.push({ on: 'nothing', to: before });
      before.out.push({ on: 'precedence', precedence, to: inner.from });
      inner.to.out.push({ on: 'nothing', to: end });
      return inner.part;
    });
    const part: Part = alternatives.length === 1 ? alternatives[0]! : { is: 'choice', state: block, predicted: true, alternatives };
    return this.#star({ part, from: block, to: end });
  }
}
const builder = new Builder();
export const rules = Object.fromEntries(
  (Object.keys(grammar) as RuleName[]).map((name) => [name, builder.rule(name)]),
) as unknown as Readonly<Record<RuleName, Rule>>;
/** Where the callers of a rule go on after it. */
export const followers: Readonly<Record<string, readonly State[]>> = (() => {
  const found: Record<string, State[]> = {};
  const seen = new Set<State>();
  const visit = (state: State): void => {
    if (seen.has(state)) return;
    seen.add(state);
    for (const transition of state.out) {
      if (transition.on === 'rule') {
        found[transition.rule] ??= [];
        found[transition.rule]!.push(transition.to);
      }
      visit(transition.to);
    }
  };
  for (const one of Object.values(rules)) visit(one.start);
  return found;
})();
