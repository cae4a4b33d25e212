import { staysText } from './yaml-scalars.ts';

/**
 * YAML as Kubernetes writes it (sigs.k8s.io/yaml on go-yaml v2, whose emitter is libyaml's): keys in natural order, lists not
 * indented under their key, lines folded beyond 80 columns, text with line breaks as a literal block. Byte for byte the same.
 */
const foldFrom = 80;
const step = 2;
/** A longer key stands on a line of its own, after '? '. */
const simpleKeyBytes = 128;

const breaks = /[\r\n\u0085\u2028\u2029]/;
const unprintable = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
/** Plain words of ASCII, which most texts are: nothing to analyse. */
const harmless = /^[A-Za-z/_(][\w./@()+=-]*(?:[ :][\w./@()+=-]+)*$/;

interface Nature {
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly singleQuoted: boolean;
  readonly block: boolean;
}
const simple: Nature = { multiline: false, plain: true, singleQuoted: true, block: true };

/** Which styles can hold a text. */
function analyse(text: string): Nature {
  if (text === '') return { multiline: false, plain: true, singleQuoted: true, block: false };
  if (harmless.test(text)) return simple;
  const multiline = breaks.test(text);
  const special = unprintable.test(text);
  const edges = /^ | $/.test(text) || breaks.test(text[0]!) || breaks.test(text.at(-1)!);
  const breakSpace = multiline && /[\r\n\u0085\u2028\u2029] /.test(text);
  const spaceBreak = multiline && / [\r\n\u0085\u2028\u2029]/.test(text);
  const indicators =
    /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?:[ \t]|$))/.test(text) || /.:(?:[ \t]|$)|[ \t\r\n\u0085\u2028\u2029\0]#/s.test(text);
  return {
    multiline,
    plain: !(edges || breakSpace || spaceBreak || special || multiline || indicators),
    singleQuoted: !(breakSpace || spaceBreak || special),
    block: !(text.endsWith(' ') || spaceBreak || special),
  };
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};
function escaped(character: string): string {
  const known = escapes[character];
  if (known !== undefined) return `\\${known}`;
  const code = character.codePointAt(0)!;
  const digits = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

/** Whole numbers of 64 bits as they are, others as Go prints a float64 with the fewest digits. */
function numberText(value: number): string {
  if (Number.isInteger(value) && value < 2 ** 64 && value >= -(2 ** 63)) return String(value);
  const [digits, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

const isLetter = (character: string): boolean => /^\p{L}$/u.test(character);
const digitsFrom = (characters: readonly string[], from: number): number => {
  let end = from;
  while (end < characters.length && /^\p{Nd}$/u.test(characters[end]!)) end++;
  return end;
};
const numberOf = (characters: readonly string[], from: number, to: number): bigint => {
  let value = 0n;
  for (let index = from; index < to; index++) value = BigInt.asIntN(64, value * 10n + BigInt(characters[index]!.codePointAt(0)! - 48));
  return value;
};
/** go-yaml's order of keys: letters after everything else, runs of digits by their value. */
function byNature(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  for (let at = 0; at < a.length && at < b.length; at++) {
    if (a[at] === b[at]) continue;
    const order = a[at]!.codePointAt(0)! - b[at]!.codePointAt(0)!;
    const letterA = isLetter(a[at]!);
    const letterB = isLetter(b[at]!);
    if (letterA && letterB) return order;
    if (letterA || letterB) return letterB ? -1 : 1;
    const endA = digitsFrom(a, at);
    const endB = digitsFrom(b, at);
    const afterDigits = (a[at] === '0' || b[at] === '0') && /[^\P{Nd}0]0*$/u.test(a.slice(0, at).join(''));
    const lead = afterDigits ? '1' : '';
    const valueA = numberOf([...lead, ...a.slice(at, endA)], 0, lead.length + endA - at);
    const valueB = numberOf([...lead, ...b.slice(at, endB)], 0, lead.length + endB - at);
    if (valueA !== valueB) return valueA < valueB ? -1 : 1;
    return endA - endB || order;
  }
  return a.length - b.length;
}
/** Keys of plain ASCII letters, as field names are, sort as their code units do. */
const onlyLetters = /^[A-Za-z]+$/;
function sortedKeys(object: object): readonly string[] {
  const keys = Object.keys(object);
  return keys.every((key) => onlyLetters.test(key)) ? keys.sort() : keys.sort(byNature);
}

/** The state of the page: where the pen is, and whether only indentation and indicators stand before it on the line. */
class Page {
  readonly #parts: string[] = [];
  #column = 0;
  #whitespace = true;
  #indention = true;

  get text(): string {
    return this.#parts.join('');
  }
  #put(text: string, width = text.length): void {
    this.#parts.push(text);
    this.#column += width;
  }
  #break(): void {
    this.#parts.push('\n');
    this.#column = 0;
  }
  #indent(indent: number): void {
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) this.#break();
    if (this.#column < indent) this.#put(' '.repeat(indent - this.#column));
    this.#whitespace = true;
    this.#indention = true;
  }
  #indicator(text: string, needsSpace: boolean, isIndention = false): void {
    this.#put(needsSpace && !this.#whitespace ? ` ${text}` : text);
    this.#whitespace = false;
    this.#indention &&= isIndention;
  }

  node(value: unknown, indent: number, inMapping: boolean): void {
    if (Array.isArray(value)) this.#sequence(value, indent, inMapping);
    else if (typeof value === 'object' && value !== null) this.#mapping(value, indent);
    else if (typeof value === 'string') this.#string(value, indent, false);
    else this.#word(typeof value === 'number' ? numberText(value) : String(value));
  }
  #word(text: string): void {
    this.#put(this.#whitespace ? text : ` ${text}`);
    this.#whitespace = false;
    this.#indention = false;
  }
  #sequence(items: readonly unknown[], indent: number, inMapping: boolean): void {
    if (items.length === 0) return this.#indicator('[]', true);
    const inner = inMapping && !this.#indention ? indent : indent + step;
    for (const item of items) {
      this.#indent(inner);
      this.#indicator('-', true, true);
      this.node(item ?? null, inner, false);
    }
  }
  #mapping(object: object, indent: number): void {
    const keys = sortedKeys(object);
    let isEmpty = true;
    const inner = indent + step;
    for (const key of keys) {
      const value = (object as Record<string, unknown>)[key];
      if (value === undefined) continue;
      isEmpty = false;
      this.#indent(inner);
      if (isSimpleKey(key)) {
        this.#string(key, inner, true);
        this.#indicator(':', false);
      } else {
        this.#indicator('?', true, true);
        this.#string(key, inner, false);
        this.#indent(inner);
        this.#indicator(':', true, true);
      }
      this.node(value, inner, true);
    }
    if (isEmpty) this.#indicator('{}', true);
  }

  #string(text: string, indent: number, isKey: boolean): void {
    const nature = analyse(text);
    const inner = indent + step;
    const literal = text.includes('\n');
    const isPlain = !literal && staysText(text);
    if (isKey && nature.multiline) return this.#doubleQuoted(text, inner, false);
    if (literal) return nature.block && !isKey ? this.#literal(text, inner) : this.#doubleQuoted(text, inner, !isKey);
    if (isPlain && nature.plain) return this.#flowing(text, inner, !isKey, '');
    if (isPlain && nature.singleQuoted) return this.#flowing(text, inner, !isKey, "'");
    this.#doubleQuoted(text, inner, !isKey);
  }

  /** Plain or in single quotes: a line beyond the width is folded at a single space. */
  #flowing(text: string, indent: number, mayFold: boolean, quote: '' | "'"): void {
    this.#put(this.#whitespace ? quote : ` ${quote}`);
    if (quote !== '') {
      this.#whitespace = false;
      this.#indention = false;
    }
    const content = quote === '' ? text : text.replaceAll("'", "''");
    if (!breaks.test(content) && (!mayFold || this.#column + content.length <= foldFrom)) this.#put(content);
    else this.#characters([...content], indent, mayFold, quote !== '');
    this.#put(quote);
    this.#whitespace = false;
    this.#indention = false;
  }
  #characters(characters: readonly string[], indent: number, mayFold: boolean, quoted: boolean): void {
    let afterSpace = false;
    let afterBreak = false;
    const last = characters.length - 1;
    for (const [index, character] of characters.entries()) {
      if (character === ' ') {
        const inside = !quoted || (index > 0 && index < last);
        const folds = mayFold && !afterSpace && this.#column > foldFrom && inside && characters[index + 1] !== ' ';
        if (folds) this.#indent(indent);
        else this.#put(' ');
        afterSpace = true;
      } else if (breaks.test(character)) {
        if (!afterBreak && character === '\n') this.#break();
        this.#put(character);
        this.#column = 0;
        this.#indention = true;
        afterBreak = true;
      } else {
        if (afterBreak) this.#indent(indent);
        this.#put(character, 1);
        this.#indention = false;
        afterSpace = false;
        afterBreak = false;
      }
    }
  }
  #doubleQuoted(text: string, indent: number, mayFold: boolean): void {
    this.#indicator('"', true);
    const characters = [...text];
    const escapesAll = characters[0] === '\ufeff';
    const last = characters.length - 1;
    let afterSpace = false;
    for (const [index, character] of characters.entries()) {
      if (escapesAll || character === '"' || character === '\\' || breaks.test(character) || unprintable.test(character)) {
        this.#put(escaped(character));
        afterSpace = false;
      } else if (character === ' ') {
        if (mayFold && !afterSpace && this.#column > foldFrom && index > 0 && index < last) {
          this.#indent(indent);
          if (characters[index + 1] === ' ') this.#put('\\');
        } else this.#put(' ');
        afterSpace = true;
      } else {
        this.#put(character, 1);
        afterSpace = false;
      }
    }
    this.#indicator('"', false);
    this.#indention = false;
  }
  #literal(text: string, indent: number): void {
    const indentHint = /^[ \r\n\u0085\u2028\u2029]/.test(text) ? String(step) : '';
    const ends = /[\r\n\u0085\u2028\u2029]*$/.exec(text)![0].length;
    const chomp = ends === 0 ? '-' : ends > 1 || text.length === 1 ? '+' : '';
    this.#indicator('|', true);
    this.#put(indentHint + chomp);
    this.#break();
    this.#whitespace = true;
    this.#indention = true;
    for (const line of text.match(/[^\r\n\u0085\u2028\u2029]+|[\r\n\u0085\u2028\u2029]/g)!) {
      if (breaks.test(line)) {
        this.#put(line);
        this.#column = 0;
        this.#indention = true;
      } else {
        this.#indent(indent);
        this.#put(line);
        this.#indention = false;
      }
    }
  }
  end(): void {
    this.#indent(0);
  }
}

function isSimpleKey(key: string): boolean {
  if (key.length <= simpleKeyBytes / 3) return !breaks.test(key);
  return !breaks.test(key) && new TextEncoder().encode(key).byteLength <= simpleKeyBytes;
}

/** The YAML of a JSON value, with a line break at its end. */
export function formatYaml(value: unknown): string {
  const page = new Page();
  page.node(value, -step, false);
  page.end();
  return page.text;
}
