const most = 20;

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

/** What a refused update changed, one line for what was and one for what is, bounded. */
export function describeDifference(before: unknown, after: unknown): string {
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
