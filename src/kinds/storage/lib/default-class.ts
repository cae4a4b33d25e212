import type { ApiObject, ObjectMeta } from '../../../api/meta.ts';

export const defaultClassAnnotation = 'storageclass.kubernetes.io/is-default-class';
const beta = 'storageclass.beta.kubernetes.io/is-default-class';

/** Whether claims that name no class get this one. */
export const isDefaultClass = ({ annotations }: Pick<ObjectMeta, 'annotations'>): boolean =>
  annotations?.[defaultClassAnnotation] === 'true' || annotations?.[beta] === 'true';

/** Of several default classes the newest counts, of equally old ones the first by name. */
export function newestDefault<T extends ApiObject>(classes: readonly T[]): T | undefined {
  const isAfter = (a: T, b: T) => {
    const [left, right] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
    return left === right ? a.metadata.name < b.metadata.name : left > right;
  };
  let found: T | undefined;
  for (const one of classes) if (isDefaultClass(one.metadata) && (found === undefined || isAfter(one, found))) found = one;
  return found;
}
