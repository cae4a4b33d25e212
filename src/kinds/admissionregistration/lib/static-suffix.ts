import type { ApiObject } from '../../../api/meta.ts';

/** Names that configurations of a server's own files have (KEP-5793); as those files are off, such a name is only warned of. */
export function* staticSuffixWarnings({ metadata: { name } }: ApiObject): Iterable<string> {
  if (name.endsWith('.static.k8s.io'))
    yield 'metadata.name: names ending with ".static.k8s.io" are reserved for static manifest-based configurations and cannot be managed via the API';
}
