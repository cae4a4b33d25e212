import { setLatest } from './latest.ts';
import type { RE2JS as Compiled } from 're2js';

/** Regular expressions of users: Go's syntax and messages (RE2), and time that grows with the text, never beyond. */
export interface Pattern {
  /** True when it is found anywhere in the text. */
  test(text: string): boolean;
  /** The leftmost match; undefined when there is none. */
  find(text: string): string | undefined;
  /** Matches that do not overlap, at most so many; all if the count is negative. As Go, none that is empty right behind another. */
  findAll(text: string, most: number): readonly string[];
}

type Library = { readonly RE2JS: { compile(pattern: string): Compiled } };
let library: Library | undefined;
/** Loaded when the first pattern is compiled: most processes never see one. */
function load(): Library {
  library ??= process.getBuiltinModule('node:module').createRequire(import.meta.url)('re2js') as Library;
  return library;
}

class CompiledPattern implements Pattern {
  readonly #compiled: Compiled;
  constructor(pattern: string) {
    try {
      this.#compiled = load().RE2JS.compile(pattern);
    } catch (error) {
      const message = (error as Error).message;
      // The library leaves out what Go quotes here: nothing.
      throw message.endsWith('trailing backslash at end of expression') ? new Error(`${message}: \`\``) : error;
    }
  }
  test(text: string): boolean {
    return this.#compiled.test(text);
  }
  find(text: string): string | undefined {
    return this.findAll(text, 1)[0];
  }
  findAll(text: string, most: number): readonly string[] {
    const found: string[] = [];
    const matcher = this.#compiled.matcher(text);
    let previousEnd = -1;
    while (found.length !== most && matcher.find()) {
      const [start, end] = [matcher.start(), matcher.end()];
      if (start !== end || start !== previousEnd) found.push(text.slice(start, end));
      previousEnd = end;
    }
    return found;
  }
}

const compiled = new Map<string, Pattern>();
const compiledMax = 1_000;
/** Longer ones are not kept: what they compile to is many times larger. */
const keptLength = 1_000;

/** Throws Error with Go's message: 'error parsing regexp: missing closing ]: `[a`'. */
export function compilePattern(pattern: string): Pattern {
  let found = compiled.get(pattern);
  if (found === undefined) {
    found = new CompiledPattern(pattern);
    if (pattern.length > keptLength) return found;
    setLatest(compiled, pattern, found, compiledMax);
  }
  return found;
}
