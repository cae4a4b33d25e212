/** GA before beta before alpha, then the higher number (kubernetes.io: version priority). */
export function compareVersions(a: string, b: string): number {
  const parse = (text: string) => /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text);
  const left = parse(a);
  const right = parse(b);
  if (left === null || right === null) return left === right ? (a < b ? -1 : 1) : left === null ? 1 : -1;
  const stage = (match: RegExpExecArray) => (match[2] === undefined ? 0 : match[2] === 'beta' ? 1 : 2);
  return stage(left) - stage(right) || Number(right[1]) - Number(left[1]) || Number(right[3] ?? 0) - Number(left[3] ?? 0);
}
