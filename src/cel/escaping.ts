/** Names of fields as CEL identifiers (apiserver/pkg/cel/escaping.go): `a-b` is `a__dash__b`, `if` is `__if__`. */
export const reservedWords: ReadonlySet<string> = new Set([
  ...['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop'],
  ...['package', 'namespace', 'return', 'var', 'void', 'while'],
]);
const sequences: Readonly<Record<string, string>> = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' };
const names: Readonly<Record<string, string>> = { underscores: '__', dot: '.', dash: '-', slash: '/' };

/** undefined for what cannot be a field in an expression. */
export function escapeIdentifier(name: string): string | undefined {
  if (reservedWords.has(name)) return `__${name}__`;
  if (!/^[a-zA-Z_.\-/][a-zA-Z0-9_.\-/]*$/.test(name)) return undefined;
  return name.replace(/__|[-./]/g, (part) => sequences[part]!);
}
/** undefined for what no name is escaped to. */
export function unescapeIdentifier(escaped: string): string | undefined {
  if (!escaped.includes('__')) return escaped;
  let wrong = false;
  const name = escaped.replace(/__([^_]+)__/g, (sequence, contents: string) => {
    if (Object.hasOwn(names, contents)) return names[contents]!;
    if (!reservedWords.has(contents) || sequence.length !== escaped.length) wrong = true;
    return contents;
  });
  return wrong ? undefined : name;
}
