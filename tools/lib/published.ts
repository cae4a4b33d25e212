/** Where the api/ folder of Kubernetes' source tree keeps the document that a server has under `path`. */
export function publishedFile(path: string, form: 'plain' | 'aggregated'): string {
  const name = path.slice(1).replaceAll('/', '__');
  if (path === '/openapi/v2') return 'openapi-spec/swagger.json';
  if (path.startsWith('/openapi/v3/')) return `openapi-spec/v3/${name.slice('openapi__v3__'.length)}_openapi.json`;
  return form === 'aggregated' ? 'discovery/aggregated_v2.json' : `discovery/${name}.json`;
}
