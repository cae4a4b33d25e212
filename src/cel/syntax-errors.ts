/** What is wrong with a text that is not of the grammar. */
import { tokenAt } from './lexer.ts';
import type { Issues, Source } from './source.ts';

export function reportSyntaxErrors(source: Source, issues: Issues): void {
  let at = 0;
  while (at < source.text.length) {
    const found = tokenAt(source.text, at);
    if (found === undefined) {
      issues.report(source.location(at), `Syntax error: token recognition error at: '${source.text[at]}'`);
      return;
    }
    at += found.text.length;
  }
  issues.report(source.location(at), 'Syntax error: unexpected input');
}
