import type { PodLike } from '../../../kinds/core/lib/pod-references.ts';

const secretsOf = (container: any): readonly (readonly [text: string, secret: string])[] => [
  ...(container.env ?? []).flatMap((variable: any) => {
    const secret = variable.valueFrom?.secretKeyRef?.name;
    return secret === undefined ? [] : [[`${container.name} with envVar ${variable.name} referencing`, secret] as const];
  }),
  ...(container.envFrom ?? []).flatMap((source: any) =>
    source.secretRef === undefined ? [] : [[`${container.name} with envFrom referencing`, source.secretRef.name] as const],
  ),
];

/** Why a pod may not use a secret that its service account does not list, or undefined. Upstream's words. */
export function secretNotMountable(pod: PodLike, account: any, ephemeralOnly: boolean): string | undefined {
  const mountable = new Set<string>((account.secrets ?? []).map((secret: any) => secret.name));
  const tail = (secret: string) =>
    `secret.secretName="${secret}" is not allowed because service account ${account.metadata.name} does not reference that secret`;
  const groups: readonly (readonly [string, readonly any[]])[] = ephemeralOnly
    ? [['ephemeral container', pod.spec?.ephemeralContainers ?? []]]
    : [
        ['init container', pod.spec?.initContainers ?? []],
        ['container', pod.spec?.containers ?? []],
      ];
  if (!ephemeralOnly)
    for (const volume of pod.spec?.volumes ?? []) {
      const secret = volume.secret?.secretName;
      if (secret !== undefined && !mountable.has(secret)) return `volume with ${tail(secret)}`;
    }
  for (const [what, containers] of groups)
    for (const [text, secret] of containers.flatMap(secretsOf)) if (!mountable.has(secret)) return `${what} ${text} ${tail(secret)}`;
  if (ephemeralOnly) return undefined;
  const pull = new Set<string>((account.imagePullSecrets ?? []).map((secret: any) => secret.name));
  const index = (pod.spec?.imagePullSecrets ?? []).findIndex((secret) => !pull.has(secret.name ?? ''));
  if (index < 0) return undefined;
  const name = pod.spec?.imagePullSecrets?.[index]?.name;
  return `imagePullSecrets[${index}].name="${name}" is not allowed because service account ${account.metadata.name} does not reference that imagePullSecret`;
}
