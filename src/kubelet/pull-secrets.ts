import { trimmedEnd } from '../base/trim.ts';
import { parseImageName } from './lib/image-name.ts';
import type { RegistryAuth } from './runtime.ts';

/** A Secret of type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg; values are base64. */
export interface PullSecret {
  readonly type: string;
  readonly data?: Readonly<Record<string, string>>;
}
interface Entry {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

const fields = ['username', 'password', 'auth', 'identitytoken', 'registrytoken'] as const;
/** What is no text says nothing. */
function entryOf(given: unknown): Entry {
  const entry: Partial<Record<(typeof fields)[number], string>> = {};
  for (const field of fields) {
    const value = (given as Readonly<Record<string, unknown>> | null)?.[field];
    if (typeof value === 'string') entry[field] = value;
  }
  return entry;
}
function entriesOf(secret: PullSecret): readonly (readonly [string, Entry])[] {
  const [key, wrapped] = secret.type === 'kubernetes.io/dockerconfigjson' ? ['.dockerconfigjson', true] : ['.dockercfg', false];
  const text = secret.data?.[key as string];
  if (text === undefined) return [];
  try {
    const parsed = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    return Object.entries<unknown>((wrapped ? parsed?.auths : parsed) ?? {}).map(([server, entry]) => [server, entryOf(entry)]);
  } catch {
    return [];
  }
}

/** Host and path of a registry entry, without scheme and API version. */
function place(entry: string): { readonly host: string; readonly path: string } {
  const plain = trimmedEnd(entry.replace(/^https?:\/\//, '').replace(/\/v[12]\/?$/, ''), '/');
  const slash = plain.indexOf('/');
  const host = slash < 0 ? plain : plain.slice(0, slash);
  return { host: host === 'index.docker.io' ? 'docker.io' : host, path: slash < 0 ? '' : plain.slice(slash + 1) };
}

function hostMatches(pattern: string, host: string): boolean {
  const split = (text: string) => {
    const [name = '', port = ''] = text.split(/:(?=\d+$)/);
    return { parts: name.split('.'), port };
  };
  const wanted = split(pattern);
  const given = split(host);
  if (wanted.parts.length !== given.parts.length || (wanted.port !== '' && wanted.port !== given.port)) return false;
  return wanted.parts.every((part, index) => globMatches(part, given.parts[index]!));
}
/** '*' stands for any text, '?' for a character. Takes no more steps than the product of both lengths. */
function globMatches(pattern: string, text: string): boolean {
  let [at, inText, star, from] = [0, 0, -1, 0];
  while (inText < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      from = inText;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[inText])) {
      at++;
      inText++;
    } else if (star >= 0) {
      at = star + 1;
      inText = ++from;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** Without the server's address: containerd would take it for a URL, and which server is meant was decided here. */
function authOf(entry: Entry): RegistryAuth {
  const decoded = entry.auth === undefined ? '' : Buffer.from(entry.auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const username = entry.username ?? (colon < 0 ? undefined : decoded.slice(0, colon));
  const password = entry.password ?? (colon < 0 ? undefined : trimmedEnd(decoded.slice(colon + 1), '\0'));
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(entry.identitytoken === undefined ? {} : { identityToken: entry.identitytoken }),
    ...(entry.registrytoken === undefined ? {} : { registryToken: entry.registrytoken }),
  };
}

/** Credentials that fit an image, the most specific registry path first. */
export function credentialsFor(image: string, secrets: readonly PullSecret[]): readonly RegistryAuth[] {
  const { registry, repository } = parseImageName(image);
  return secrets
    .flatMap(entriesOf)
    .map(([server, entry]) => ({ entry, ...place(server) }))
    .filter((one) => hostMatches(one.host, registry) && (one.path === '' || repository === one.path || repository.startsWith(one.path)))
    .sort((a, b) => b.path.length - a.path.length)
    .map((one) => authOf(one.entry));
}
