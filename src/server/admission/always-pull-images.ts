import { fieldError, type FieldError, unknownError } from '../../api/status.ts';
import { joinErrors } from '../lib/configuration.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { isCore, refuse } from './lib/refuse.ts';

const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
const containersOf = (spec: any): readonly { readonly container: any; readonly path: string }[] =>
  lists.flatMap((list) => ((spec[list] ?? []) as any[]).map((container, index) => ({ container, path: `spec.${list}[${index}]` })));
const imageVolumesOf = (spec: any): readonly { readonly image: any; readonly path: string }[] =>
  ((spec.volumes ?? []) as any[]).flatMap(({ image }, index) =>
    image === undefined ? [] : [{ image, path: `spec.volumes[${index}].image` }],
  );

/** New pods, and updates that bring a new image. */
function concerns(context: AdmissionContext): boolean {
  if (!isCore(context, 'Pod')) return false;
  if (context.operation !== 'UPDATE') return context.operation === 'CREATE';
  const known = new Set(containersOf((context.old as any).spec).map(({ container }) => container.image));
  return containersOf(context.object.spec).some(({ container }) => !known.has(container.image));
}

/** Has nodes pull images anew for each container: who may not pull an image may not use what others have pulled. */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  mutate(context) {
    if (!concerns(context)) return;
    for (const { container } of containersOf(context.object.spec)) container.imagePullPolicy = 'Always';
    for (const { image } of imageVolumesOf(context.object.spec)) image.pullPolicy = 'Always';
  },
  validate(context) {
    if (!concerns(context)) return;
    const check = (path: string, policy: unknown): readonly FieldError[] =>
      policy === 'Always' ? [] : [fieldError.notSupported(path, policy ?? '', ['Always'])];
    const errors = [
      ...containersOf(context.object.spec).flatMap(({ container, path }) => check(`${path}.imagePullPolicy`, container.imagePullPolicy)),
      ...imageVolumesOf(context.object.spec).flatMap(({ image, path }) => check(`${path}.pullPolicy`, image.pullPolicy)),
    ];
    if (errors.length > 0) throw unknownError(joinErrors(errors.map(({ path, text }) => refuse(context, `${path}: ${text}`).message)));
  },
};
