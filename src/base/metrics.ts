/**
 * Metrics in the text format of Prometheus (prometheus.io/docs/instrumenting/exposition_formats). Who counts on a hot path keeps the
 * child that `of` gives; then counting is an addition.
 */
export interface Child {
  readonly labels: readonly string[];
}
export class Value implements Child {
  readonly labels: readonly string[];
  value = 0;
  constructor(labels: readonly string[]) {
    this.labels = labels;
  }
  add(amount = 1): void {
    this.value += amount;
  }
  set(value: number): void {
    this.value = value;
  }
}
export class Distribution implements Child {
  readonly labels: readonly string[];
  readonly #bounds: readonly number[];
  /** Observations up to each bound but not up to the one before; the last: beyond all. */
  readonly counts: number[];
  sum = 0;
  constructor(labels: readonly string[], bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }
  /** `times`: as if it were observed so often. */
  observe(value: number, times = 1): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > bounds[index]!) index++;
    this.counts[index]! += times;
    this.sum += value * times;
  }
}

type Type = 'counter' | 'gauge' | 'histogram';
/** Children of one family beyond this many share one without labels: a client can't fill the memory with names. */
const childrenMax = 20_000;

export class Family<C extends Child> {
  readonly name: string;
  readonly help: string;
  readonly type: Type;
  readonly labels: readonly string[];
  readonly bounds: readonly number[];
  readonly #make: (labels: readonly string[]) => C;
  readonly #children = new Map<string, C>();

  constructor(name: string, help: string, type: Type, labels: readonly string[], bounds: readonly number[], make: Family<C>['of']) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.labels = labels;
    this.bounds = bounds;
    this.#make = (values) => make(...values);
  }
  /** The one with these values of the labels, in their order. */
  of(...values: readonly string[]): C {
    const key = values.length === 1 ? values[0]! : values.join('\0');
    let child = this.#children.get(key);
    if (child !== undefined) return child;
    if (this.#children.size >= childrenMax) return this.of(...this.labels.map(() => ''));
    child = this.#make(values);
    this.#children.set(key, child);
    return child;
  }
  children(): Iterable<C> {
    return this.#children.values();
  }
  /** Forgets one. */
  delete(...values: readonly string[]): void {
    this.#children.delete(values.join('\0'));
  }
  /** Forgets all: for families that are told anew whenever they are read. */
  clear(): void {
    this.#children.clear();
  }
}

const escaped = (text: string): string => text.replaceAll(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
const shown = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);

function* linesOf({ name, help, type, labels, bounds }: Family<Child>, children: Iterable<Child>): Generator<string> {
  yield `# HELP ${name} ${help.replaceAll(/[\\\n]/g, ' ')}\n# TYPE ${name} ${type}\n`;
  for (const child of children) {
    const pairs = labels.map((label, index) => `${label}="${escaped(child.labels[index] ?? '')}"`);
    const within = (...more: readonly string[]) => (pairs.length + more.length === 0 ? '' : `{${[...pairs, ...more].join(',')}}`);
    if (!(child instanceof Distribution)) {
      yield `${name}${within()} ${shown((child as Value).value)}\n`;
      continue;
    }
    let count = 0;
    for (const [index, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
      count += child.counts[index]!;
      yield `${name}_bucket${within(`le="${shown(bound)}"`)} ${count}\n`;
    }
    yield `${name}_sum${within()} ${shown(child.sum)}\n${name}_count${within()} ${count}\n`;
  }
}

/** A child that is made, and so told, when something is first counted; kept from then on. */
export function once<C>(make: () => C): () => C {
  let made: C | undefined;
  return () => (made ??= make());
}

/** `count` bounds, each `factor` times the one before. */
export const exponential = (first: number, factor: number, count: number): readonly number[] =>
  Array.from({ length: count - 1 }).reduce<number[]>((bounds) => [...bounds, bounds.at(-1)! * factor], [first]);
/** What Prometheus' clients take when nothing else is said. */
export const commonBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** All metrics of a part, and what brings some of them up to date before they are read. */
export class Metrics {
  readonly #families = new Map<string, Family<Child>>();
  readonly #collectors: (() => void | Promise<void>)[] = [];

  static readonly contentType = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';

  /** Parts that count the same share the family. One without labels is told from the start, as what has not happened yet. */
  #add<C extends Child>(family: Family<C>): Family<C> {
    const known = this.#families.get(family.name);
    if (known !== undefined) return known as unknown as Family<C>;
    this.#families.set(family.name, family as unknown as Family<Child>);
    if (family.labels.length === 0) family.of();
    return family;
  }
  families(): Iterable<Family<Child>> {
    return this.#families.values();
  }
  counter(name: string, help: string, labels: readonly string[] = []): Family<Value> {
    return this.#add(new Family(name, help, 'counter', labels, [], (...values) => new Value(values)));
  }
  gauge(name: string, help: string, labels: readonly string[] = []): Family<Value> {
    return this.#add(new Family(name, help, 'gauge', labels, [], (...values) => new Value(values)));
  }
  /** `bounds`: what each bucket goes up to, rising. */
  histogram(name: string, help: string, bounds: readonly number[], labels: readonly string[] = []): Family<Distribution> {
    return this.#add(new Family(name, help, 'histogram', labels, bounds, (...values) => new Distribution(values, bounds)));
  }
  /** Runs before every reading. */
  collect(collector: () => void | Promise<void>): void {
    this.#collectors.push(collector);
  }
  async text(): Promise<string> {
    for (const collector of this.#collectors) await collector();
    let text = '';
    for (const family of [...this.#families.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const children = [...family.children()];
      if (children.length > 0) for (const line of linesOf(family, children)) text += line;
    }
    return text;
  }
}
