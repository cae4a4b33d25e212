import type { RE2JS as Compiled } from 're2js';

/** Regular expressions of users: Go's syntax and messages (RE2), and time that grows with the text, never beyond. */
export interface Pattern {
  /** True when it is found anywhere in the text. */
  test(text: string): boolean;
}

type Library = { readonly RE2JS: { compile(pattern: string): Compiled } };
let library: Library | undefined;
/** Loaded when the first pattern is compiled: most processes never see one. */
function load(): Library {
  library ??= process.getBuiltinModule('node:module').createRequire(import.meta.url)('re2js') as Library;
  return library;
}

const compiled = new Map<string, Compiled>();
const compiledMax = 1_000;

/** Throws Error with Go's message: 'error parsing regexp: missing closing ]: `[a`'. */
export function compilePattern(pattern: string): Pattern {
  let found = compiled.get(pattern);
  if (found === undefined) {
    found = load().RE2JS.compile(pattern);
    if (compiled.size >= compiledMax) compiled.delete(compiled.keys().next().value!);
    compiled.set(pattern, found);
  }
  return found;
}
