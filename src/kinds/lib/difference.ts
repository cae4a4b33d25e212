import { escapeHtml } from '../../api/go-text.ts';
import { unifiedDiff } from './unified-diff.ts';

const most = 20;
/** Longer texts are not compared line by line: it takes too long. */
const mostLines = 1000;

function* differences(before: unknown, after: unknown, path: string): Generator<string> {
  if (before === after) return;
  const isObject = (value: unknown) => typeof value === 'object' && value !== null;
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) {
    if (before !== undefined) yield `- ${path}: ${JSON.stringify(before)}`;
    if (after !== undefined) yield `+ ${path}: ${JSON.stringify(after)}`;
    return;
  }
  const left = before as Record<string, unknown>;
  const right = after as Record<string, unknown>;
  const step = (key: string) => (Array.isArray(before) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`);
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) yield* differences(left[key], right[key], step(key));
}

function shortDifference(before: unknown, after: unknown): string {
  const lines: string[] = [];
  for (const line of differences(before, after, '')) {
    if (lines.length === most) {
      lines.push('...');
      break;
    }
    lines.push(line.length > 400 ? `${line.slice(0, 400)}...` : line);
  }
  return `${lines.join('\n')}\n`;
}

/** What a refused update changed, as upstream tells it: lines of JSON. `before` and `after` are as `goShown` shows them. */
export function describeDifference(before: unknown, after: unknown): string {
  const [a, b] = [before, after].map((value) => escapeHtml(JSON.stringify(value, undefined, 1))) as [string, string];
  const isLong = (text: string) => text.split('\n', mostLines + 1).length > mostLines;
  return isLong(a) || isLong(b) ? shortDifference(before, after) : unifiedDiff(a, b);
}
