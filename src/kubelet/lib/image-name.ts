export interface ImageName {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}
const hostPattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?$|^\[[0-9a-fA-F:]+\](?::[0-9]+)?$/;
const pathPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

/** Splits an image reference as Docker's reference grammar does, with its defaults. Throws Error with that library's words. */
export function parseImageName(text: string): ImageName {
  const fail = (why: string): never => {
    throw new Error(`couldn't parse image name "${text}": ${why}`);
  };
  const at = text.indexOf('@');
  const digest = at < 0 ? '' : text.slice(at + 1);
  if (at >= 0 && !/^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/.test(digest)) fail('invalid reference format');
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : '';
  const name = tagged ? named.slice(0, colon) : named;
  if (tagged && !/^\w[\w.-]{0,127}$/.test(tag)) fail('invalid reference format');
  const slash = name.indexOf('/');
  const head = slash < 0 ? '' : name.slice(0, slash);
  const hasHost = slash >= 0 && (/[.:]/.test(head) || head === 'localhost' || head.toLowerCase() !== head);
  const registry = hasHost ? head : 'docker.io';
  const path = hasHost ? name.slice(slash + 1) : name;
  if (path.toLowerCase() !== path) fail('invalid reference format: repository name must be lowercase');
  if (!hostPattern.test(registry) || !pathPattern.test(path)) fail('invalid reference format');
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return { registry, repository, tag: tag === '' && digest === '' ? 'latest' : tag, digest };
}

/** The reference with ':latest' where it names neither tag nor digest. */
export function withDefaultTag(text: string): string {
  const name = parseImageName(text);
  return name.digest === '' && !text.endsWith(`:${name.tag}`) ? `${text}:${name.tag}` : text;
}
