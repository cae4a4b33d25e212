/** Text of an expression, and complaints about it as cel-go prints them (common/error.go, errors.go). */
import type { Issue } from './api.ts';
import { hasSurrogates } from './strings.ts';

export interface Location {
  readonly line: number;
  readonly column: number;
}
export const noLocation: Location = { line: -1, column: -1 };

/** Offsets are in code points. */
export class Source {
  readonly text: string;
  readonly runes: readonly string[] | string;
  #lineStarts: number[] | undefined;
  constructor(text: string) {
    this.text = text.toWellFormed();
    this.runes = hasSurrogates(text) ? [...this.text] : text;
  }
  get #lines(): number[] {
    if (this.#lineStarts === undefined) {
      this.#lineStarts = [0];
      for (let index = 0; index < this.runes.length; index++) if (this.runes[index] === '\n') this.#lineStarts.push(index + 1);
    }
    return this.#lineStarts;
  }
  location(offset: number): Location {
    if (this.text === '') return { line: 1, column: -1 };
    const lines = this.#lines;
    let low = 0;
    let high = lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (lines[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - lines[low]! };
  }
  /** The text of a line, from 1. */
  line(number: number): string | undefined {
    const lines = this.#lines;
    if (number < 1 || number > lines.length || this.text === '') return undefined;
    const end = number < lines.length ? lines[number]! - 1 : this.runes.length;
    const part = this.runes.slice(lines[number - 1]!, end);
    return typeof part === 'string' ? part : part.join('');
  }
}

const mostIssues = 100;
const longestSnippet = 16_384;

function display(issue: Issue, source: Source): string {
  const head = `ERROR: <input>:${issue.line}:${issue.column + 1}: ${issue.message}`;
  const snippet = source.line(issue.line)?.replaceAll('\t', ' ');
  if (snippet === undefined || snippet.length > longestSnippet) return head;
  let pointer = '';
  const runes = [...snippet];
  for (const rune of runes.slice(0, Math.max(0, issue.column))) pointer += rune < '\x80' ? '.' : '\uff0e';
  const under = runes[issue.column];
  return `${head}\n | ${snippet}\n | ${pointer}${under === undefined || under < '\x80' ? '^' : '\uff3e'}`;
}

/** Collects issues, at most a hundred. */
export class Issues {
  readonly source: Source;
  readonly list: Issue[] = [];
  count = 0;
  constructor(source: Source) {
    this.source = source;
  }
  report(location: Location, message: string): void {
    this.count++;
    if (this.count <= mostIssues) this.list.push({ message, line: location.line, column: location.column });
  }
  text(): string {
    const sorted = this.list.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const lines = sorted.map((issue) => display(issue, this.source));
    if (this.count > mostIssues) lines.push(`${this.count - mostIssues} more errors were truncated`);
    return lines.join('\n');
  }
}
