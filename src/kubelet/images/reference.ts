/** An image's full name as containerd keeps it: registry, repository and tag or digest ('docker.io/library/busybox:1.36'). */
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const domain = '(?:localhost|[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+:[0-9]+|\\[[0-9a-fA-F:]+\\](?::[0-9]+)?)';
const pattern = new RegExp(`^(?:(${domain})/)?(${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`);

/** Fills in what docker's short names leave out. Throws when it is no image name. */
export function normalizeReference(reference: string): string {
  const match = reference.length <= 512 ? pattern.exec(reference) : null;
  if (match === null) throw new Error(`"${reference}" is not an image name: use lower case, like my-api:v1`);
  const [, host, repository, tag, digest] = match;
  const registry = host === undefined || host === 'index.docker.io' ? 'docker.io' : host;
  const path = registry === 'docker.io' && !repository!.includes('/') ? `library/${repository}` : repository!;
  return `${registry}/${path}${tag === undefined ? (digest === undefined ? ':latest' : '') : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
