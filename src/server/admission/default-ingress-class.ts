import { byBytes } from '../../base/byte-order.ts';
import type { AdmissionPlugin } from '../types.ts';

const classAnnotation = 'kubernetes.io/ingress.class';
const defaultAnnotation = 'ingressclass.kubernetes.io/is-default-class';

/** Gives an Ingress that names no class the default one; of several, the newest. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  async mutate({ kind, subresource, operation, object, deps }) {
    if (kind.group !== 'networking.k8s.io' || kind.kind !== 'Ingress' || subresource !== '' || operation !== 'CREATE') return;
    const { spec, metadata } = object;
    if (spec.ingressClassName !== undefined || metadata.annotations?.[classAnnotation] !== undefined) return;
    const classKind = deps.resources.kinds.byKind('networking.k8s.io', 'IngressClass');
    const classes = classKind === undefined ? [] : await deps.resources.list(classKind);
    const defaults = classes.filter((one) => one.metadata.annotations?.[defaultAnnotation] === 'true');
    const [newest] = defaults.sort(
      (a, b) => byBytes(b.metadata.creationTimestamp, a.metadata.creationTimestamp) || byBytes(a.metadata.name, b.metadata.name),
    );
    if (newest !== undefined) spec.ingressClassName = newest.metadata.name;
  },
};
