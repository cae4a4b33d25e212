import { isAlreadyExists, isNotFound, StatusError } from '../api/status.ts';
import { defineController } from '../client/controller.ts';
import { ConfigMap } from '../kinds/core/config-map.ts';
import { Namespace } from '../kinds/core/namespace.ts';
import { sameJson } from '../base/equal.ts';

const configMapName = 'kube-root-ca.crt';
const descriptionAnnotation = 'kubernetes.io/description';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. ' +
  'No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Puts the API server's CA into every namespace, for pods to verify it by. */
export const rootCaCertPublisher = defineController<Namespace>({
  name: 'root-ca-cert-publisher',
  for: Namespace,
  watches: [
    {
      kind: ConfigMap,
      map: ({ metadata }: ConfigMap) => (metadata.name === configMapName && metadata.namespace ? [{ name: metadata.namespace }] : []),
    },
  ],
  can: [{ groups: [''], resources: ['configmaps'], verbs: ['create', 'update'] }],
  async reconcile({ name: namespace }, context) {
    const current = context.cache(Namespace).get({ name: namespace });
    if (current === undefined || current.status.phase === 'Terminating' || current.metadata.deletionTimestamp !== undefined) return;
    const data = { 'ca.crt': context.cluster.rootCa };
    const annotations = { [descriptionAnnotation]: description };
    const present = context.cache(ConfigMap).get({ namespace, name: configMapName });
    try {
      if (present === undefined) {
        await context.client.create(ConfigMap, { metadata: { name: configMapName, namespace, annotations }, data });
      } else if (!sameJson(present.data, data) || present.metadata.annotations?.[descriptionAnnotation] === undefined) {
        const metadata = { ...present.metadata, annotations: { ...present.metadata.annotations, ...annotations } };
        await context.client.update(ConfigMap, { ...present, metadata, data });
      }
    } catch (error) {
      const ending = error instanceof StatusError && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating');
      if (!isAlreadyExists(error) && !isNotFound(error) && !ending) throw error;
    }
  },
});
