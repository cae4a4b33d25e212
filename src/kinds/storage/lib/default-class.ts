import type { ObjectMeta } from '../../../api/meta.ts';

export const defaultClassAnnotation = 'storageclass.kubernetes.io/is-default-class';
const beta = 'storageclass.beta.kubernetes.io/is-default-class';

/** Whether claims that name no class get this one. */
export const isDefaultClass = ({ annotations }: Pick<ObjectMeta, 'annotations'>): boolean =>
  annotations?.[defaultClassAnnotation] === 'true' || annotations?.[beta] === 'true';
