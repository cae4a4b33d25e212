import { badRequest } from '../../../api/status.ts';

/** In the order that upstream visits them: init containers, containers, ephemeral containers. */
const allNames = (spec: any): readonly string[] =>
  [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])].map((container: any) => container.name);

/** The container a request means: the one it names, else the only one. Throws BadRequest. */
export function containerOf(pod: any, asked: string): string {
  const { name } = pod.metadata;
  if (asked !== '') {
    if (!allNames(pod.spec).includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
    return asked;
  }
  const containers: readonly any[] = pod.spec.containers ?? [];
  if (containers.length === 1) return containers[0].name;
  if (containers.length === 0) throw badRequest(`a container name must be specified for pod ${name}`);
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${allNames(pod.spec).join(' ')}]`);
}
