import type { AuthenticationRequest } from '../types.ts';

type Request = Pick<AuthenticationRequest, 'headers' | 'rawHeaders'>;

/** Every value of a header, each as it was sent: Node joins repeated ones, and a value may hold commas itself. `name` in lower case. */
export function headerValues({ headers, rawHeaders }: Request, name: string): readonly string[] {
  const present = headers[name];
  if (present === undefined) return [];
  if (rawHeaders === undefined) return typeof present === 'string' ? [present] : present;
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) if (rawHeaders[at]!.toLowerCase() === name) values.push(rawHeaders[at + 1]!);
  return values;
}
export const firstHeader = (request: Request, name: string): string => headerValues(request, name)[0] ?? '';

/** Whether a header's name begins so. `prefix` in lower case. */
export function hasHeaders({ headers, rawHeaders }: Request, prefix: string): boolean {
  if (rawHeaders === undefined) return Object.keys(headers).some((name) => name.startsWith(prefix));
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.slice(0, prefix.length).toLowerCase() === prefix) return true;
  }
  return false;
}
/** Headers `<prefix><key>: value` as extra attributes of a user; escapes in keys are undone where they can be. */
export function extraHeaders(request: Request, prefix: string): Record<string, string[]> | undefined {
  let extra: Record<string, string[]> | undefined;
  for (const name of Object.keys(request.headers)) {
    if (!name.startsWith(prefix)) continue;
    extra ??= Object.create(null) as Record<string, string[]>;
    const key = unescaped(name.slice(prefix.length).toLowerCase());
    extra[key] = [...(extra[key] ?? []), ...headerValues(request, name)];
  }
  return extra;
}
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
