import { type AnyKind, defineKind, type Verb } from '../../api/kind.ts';
import type { ClusterFacts } from '../../client/controller.ts';

/** All kinds that are served, whoever answers for them. */
export function* allKinds(cluster: Pick<ClusterFacts, 'kinds' | 'remotes'>): Generator<AnyKind, void> {
  yield* cluster.kinds();
  yield* remoteKinds(cluster);
}
/** Kinds that other API servers answer for, each in one version: what is known of them is how to ask for them. */
function remoteKinds({ remotes }: Pick<ClusterFacts, 'remotes'>): readonly AnyKind[] {
  const found = new Map<string, AnyKind>();
  for (const { group, version, resources } of remotes?.() ?? []) {
    for (const { plural, kind, isNamespaced, verbs } of resources ?? []) {
      if (found.has(`${group}/${plural}`)) continue;
      const scope = isNamespaced ? 'Namespaced' : 'Cluster';
      found.set(
        `${group}/${plural}`,
        defineKind({
          group,
          version,
          kind,
          plural,
          scope,
          verbs: verbs as readonly Verb[],
          openApiName: `${group}.${version}.${kind}`,
          fields: {},
        }),
      );
    }
  }
  return [...found.values()];
}
