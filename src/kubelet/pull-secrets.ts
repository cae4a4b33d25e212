import { parseImageName } from './lib/image-name.ts';
import type { RegistryAuth } from './runtime.ts';

/** A Secret of type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg; values are base64. */
export interface PullSecret {
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}
interface Entry {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

function entriesOf(secret: PullSecret): readonly (readonly [string, Entry])[] {
  const [key, wrapped] = secret.type === 'kubernetes.io/dockerconfigjson' ? ['.dockerconfigjson', true] : ['.dockercfg', false];
  const text = secret.data[key as string];
  if (text === undefined) return [];
  try {
    const parsed = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    return Object.entries((wrapped ? parsed?.auths : parsed) ?? {}) as [string, Entry][];
  } catch {
    return [];
  }
}

/** Host and path of a registry entry, without scheme and API version. */
function place(entry: string): { readonly host: string; readonly path: string } {
  const plain = entry
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/+$/, '');
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
  return wanted.parts.every((part, index) => {
    const expression = part
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${expression}$`).test(given.parts[index]!);
  });
}

/** Without the server's address: containerd would take it for a URL, and which server is meant was decided here. */
function authOf(entry: Entry): RegistryAuth {
  const decoded = entry.auth === undefined ? '' : Buffer.from(entry.auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const username = entry.username ?? (colon < 0 ? undefined : decoded.slice(0, colon));
  const password = entry.password ?? (colon < 0 ? undefined : decoded.slice(colon + 1).replace(/\0+$/, ''));
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
