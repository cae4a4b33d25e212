import { fieldError } from '../../../api/status.ts';
import type { Errors } from '../../lib/validate.ts';
import type { PodSpec } from '../shapes/pod-spec.ts';
import { descendingPath } from './validate-paths.ts';

type Annotations = Readonly<Record<string, string>> | undefined;
export const mirrorAnnotation = 'kubernetes.io/config.mirror';
const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompPrefix = 'container.seccomp.security.alpha.kubernetes.io/';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';

function* validateSeccomp(profile: string, path: string): Errors {
  if (profile === 'runtime/default' || profile === 'docker/default' || profile === 'unconfined') return;
  if (profile.startsWith('localhost/')) yield* descendingPath(path, profile.slice('localhost/'.length));
  else yield fieldError.invalid(path, profile, 'must be a valid seccomp profile');
}

const isInt32 = (text: string) => /^(0|-?[1-9]\d*)$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31;

/** Annotations with a meaning for pods (ValidatePodSpecificAnnotations). */
export function* validatePodAnnotations(annotations: Annotations, spec: PodSpec, path: string): Errors {
  for (const [key, value] of Object.entries(annotations ?? {})) {
    const at = `${path}[${key}]`;
    if (key === mirrorAnnotation && !spec.nodeName)
      yield fieldError.invalid(at, value, 'must set spec.nodeName if mirror pod annotation is set');
    else if (key === deletionCost && !isInt32(value)) yield fieldError.invalid(at, value, 'must be a 32bit integer');
    else if (key === seccompPod || key.startsWith(seccompPrefix)) yield* validateSeccomp(value, `${path}.${key}`);
    else if (key.startsWith(appArmorPrefix)) {
      const name = key.slice(appArmorPrefix.length);
      const containers = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
      if (!containers.some((container) => container.name === name)) yield fieldError.invalid(at, name, 'container not found');
      if (value !== '' && value !== 'runtime/default' && value !== 'unconfined' && !value.startsWith('localhost/'))
        yield fieldError.invalid(at, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`);
    }
  }
}

export function* validatePodAnnotationUpdate(annotations: Annotations, old: Annotations, path: string): Errors {
  for (const [key, before] of Object.entries(old ?? {})) {
    if (annotations?.[key] === before) continue;
    if (key.startsWith(appArmorPrefix)) yield fieldError.forbidden(`${path}[${key}]`, 'may not remove or update AppArmor annotations');
    if (key === mirrorAnnotation) yield fieldError.forbidden(`${path}[${key}]`, 'may not remove or update mirror pod annotation');
  }
  for (const key of Object.keys(annotations ?? {})) {
    if (old?.[key] !== undefined) continue;
    if (key.startsWith(appArmorPrefix)) yield fieldError.forbidden(`${path}[${key}]`, 'may not add AppArmor annotations');
    if (key === mirrorAnnotation) yield fieldError.forbidden(`${path}[${key}]`, 'may not add mirror pod annotation');
  }
}
