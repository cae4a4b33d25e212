import { createHash } from 'node:crypto';
import { decodeObject } from '../../api/decode.ts';
import { validateObjectMeta } from '../../api/validate-meta.ts';
import { parseYaml } from '../../base/yaml.ts';
import { podReferences } from '../../kinds/core/lib/pod-references.ts';
import { Pod as PodKind } from '../../kinds/core/pod.ts';
import { annotationNames } from '../labels.ts';
import type { Pod } from '../types.ts';

export const hashAnnotation = 'kubernetes.io/config.hash';
const seenAnnotation = 'kubernetes.io/config.seen';

export const isStatic = (pod: Pod): boolean => pod.metadata.annotations?.[annotationNames.configSource] === 'file';

/** Which objects of the API a pod refers to, which static pods may not: they must run without it. */
function referencedResource(pod: Pod): string | undefined {
  const named = podReferences(pod as never).find((reference) => !reference.startsWith('pods/'));
  if (named !== undefined) return named.split('/')[0];
  const spec = pod.spec as { readonly resourceClaims?: readonly unknown[] } & Pod['spec'];
  if ((spec?.resourceClaims ?? []).length > 0) return 'resourceclaims';
  for (const volume of pod.spec?.volumes ?? []) {
    for (const source of (volume.projected?.sources ?? []) as readonly Record<string, unknown>[]) {
      if (source.serviceAccountToken !== undefined) return 'serviceaccounts';
      if (source.clusterTrustBundle !== undefined) return 'clustertrustbundles';
      if (source.podCertificate !== undefined) return 'podcertificates';
    }
  }
  return undefined;
}

/**
 * The pod of a manifest, as this node runs it: bound to it, named after it, with a uid that follows from its content, so that
 * a restarted kubelet knows its containers again. Throws Error that says why the file is no static pod.
 */
export function parseManifest(text: string, file: string, nodeName: string, seenAt: string): Pod {
  const [json, more] = parseYaml(text);
  if (json === undefined) throw new Error('the file is empty');
  if (more !== undefined) throw new Error('the file holds more than one document');
  const { object } = decodeObject(PodKind, json);
  PodKind.strategy.defaults?.(object as never);
  const { metadata } = object as unknown as { metadata: Record<string, any> };
  const { spec } = object as unknown as { spec: Record<string, any> };
  if (!metadata.name) throw new Error('invalid pod: name is needed for the pod');
  if (!metadata.uid)
    metadata.uid = createHash('sha256')
      .update(JSON.stringify([object, nodeName, file]))
      .digest('hex')
      .slice(0, 32);
  metadata.name = `${metadata.name}-${nodeName.toLowerCase()}`;
  metadata.namespace ||= 'default';
  metadata.annotations = {
    ...metadata.annotations,
    [hashAnnotation]: metadata.uid,
    [seenAnnotation]: seenAt,
    [annotationNames.configSource]: 'file',
  };
  spec.nodeName = nodeName;
  // They are not evicted when the node has problems.
  spec.tolerations = [...(spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }];
  (object as unknown as { status: object }).status = { phase: 'Pending' };
  const pod = object as unknown as Pod;
  const problems = [
    ...(PodKind.strategy.validate?.(pod as never, { subresource: '' }) ?? []),
    ...validateObjectMeta(PodKind, pod.metadata),
  ];
  if (problems.length > 0) throw new Error(`invalid pod: ${problems.map(({ path, text: what }) => `${path}: ${what}`).join(', ')}`);
  const resource = referencedResource(pod);
  if (resource !== undefined) throw new Error(`static pods may not reference ${resource}`);
  return pod;
}
