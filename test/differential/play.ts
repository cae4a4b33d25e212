import { parseYaml, formatYaml } from '../../src/base/yaml.ts';
import type { Sent } from './connection.ts';
import type { Masks } from './masks.ts';
import { protobufOf } from './protobuf.ts';
import type { Body, Edit, Step } from './scenario.ts';

/** One server's side of a scenario: what it answered so far, and how to hide what no two servers have in common. */
export interface Side {
  readonly namespace: string;
  readonly masks: Masks;
  /** Bodies by label, as the server sent them. */
  readonly answers: Map<string, any>;
}

const contentTypes = { json: 'application/json', yaml: 'application/yaml', protobuf: 'application/vnd.kubernetes.protobuf' } as const;
const methodsWithBody = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** What is sent to one of the servers for a step. */
export function requestOf(step: Step, side: Side): Sent {
  const fill = (text: string) => filled(text, side);
  const headers: Record<string, string> = { accept: 'application/json' };
  const body = step.body && bytesOf(step.body, side);
  if (step.body !== undefined && !('text' in step.body || 'base64' in step.body) && methodsWithBody.has(step.method))
    headers['content-type'] = contentTypes[step.body.format ?? 'json'];
  for (const [name, value] of Object.entries(step.headers ?? {})) headers[name] = fill(value);
  if (headers.accept === '') delete headers.accept;
  return { method: step.method, path: fill(step.path), headers, body, plain: step.plain === true };
}

function bytesOf(body: Body, side: Side): Uint8Array {
  if ('text' in body) return Buffer.from(filled(body.text, side));
  if ('base64' in body) return Buffer.from(body.base64, 'base64');
  const value = 'from' in body ? edited(side.answers.get(body.from), body.edits) : body.value;
  const text = filled(written(value), side);
  switch (body.format ?? 'json') {
    case 'json':
      return Buffer.from(text);
    case 'yaml':
      return Buffer.from(formatYaml(JSON.parse(text)));
    case 'protobuf':
      return protobufOf(JSON.parse(text));
  }
}

/** JSON, where `<raw 1e999>` and `<again>` have become what they stand for. */
export const written = (value: unknown): string =>
  (JSON.stringify(value) ?? '')
    .replaceAll(/"<raw ((?:[^"\\]|\\.)*)>"/g, (_, raw: string) => JSON.parse(`"${raw}"`) as string)
    .replaceAll(/(?:<again>)+":/g, '":');

/** An address that no other scenario has, `$IP`. */
const addressOf = (namespace: string): string => `2001:db8::1:${Number(namespace.slice(1)).toString(16)}`;
function filled(text: string, { namespace, answers }: Side): string {
  if (!text.includes('$') && !text.includes('<<')) return text;
  return text
    .replaceAll('$NS', namespace)
    .replaceAll('$IP', addressOf(namespace))
    .replaceAll(/<<(\w+)\.([\w.]+)>>/g, (_, label: string, path: string) => {
      let value = answers.get(label);
      for (const part of path.split('.')) value = value?.[part];
      return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
    });
}

/** A copy with the edits made; where the path leads nowhere, objects are made on the way. */
export function edited(value: unknown, edits: readonly Edit[]): unknown {
  const copy: any = structuredClone(value) ?? {};
  for (const { path, value: wanted } of edits) {
    let parent = copy;
    for (const part of path.slice(0, -1)) {
      if (typeof parent[part] !== 'object' || parent[part] === null) define(parent, part, {});
      parent = parent[part];
    }
    const last = path.at(-1)!;
    if (wanted !== undefined) define(parent, last, wanted);
    else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
  }
  return copy;
}
/** Plain assignment to `__proto__` would change the object's prototype. */
const define = (object: any, key: string | number, value: unknown) =>
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });

/** A step as a command line, for people. */
export function reproduction(step: Step, side: Side): string {
  const { method, path, headers, body } = requestOf(step, side);
  const parts = [`curl ${step.plain ? '--http1.1 ' : ''}-X ${method} "$SERVER${path}"`];
  for (const [name, value] of Object.entries(headers))
    if (!(name === 'accept' && value === 'application/json')) parts.push(`-H ${quote(`${name}: ${value}`)}`);
  if (body !== undefined) {
    const text = Buffer.from(body).toString();
    parts.push(
      Buffer.from(text).equals(body)
        ? `--data-binary ${quote(text)}`
        : `--data-binary @<(echo ${Buffer.from(body).toString('base64')} | base64 -d)`,
    );
  }
  return parts.join(' ');
}
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The value that a server sent, where it is one. */
export function valueOf(contentType: string, body: Buffer): unknown {
  try {
    return contentType.includes('yaml') ? parseYaml(body.toString())[0] : JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
