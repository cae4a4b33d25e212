import { expand } from './expand.ts';
import type { Allocatable, PodAddresses } from './field-ref.ts';
import { fieldValue, resourceValue } from './field-ref.ts';
import type { AnyContainer, EnvVar, Pod } from './types.ts';

/** A failure that belongs into the container's waiting state as CreateContainerConfigError. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

/** The parts of a Service that pods get as variables. */
export interface EnvService {
  readonly name: string;
  readonly namespace: string;
  readonly clusterIp: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
}
export interface EnvSources {
  /** undefined when it does not exist. Values of Secrets are already decoded. */
  configMap(name: string): Promise<Readonly<Record<string, string>> | undefined>;
  secret(name: string): Promise<Readonly<Record<string, string>> | undefined>;
  readonly services: readonly EnvService[];
  /** Namespace of the `kubernetes` Service that every pod sees. */
  readonly masterNamespace: string;
  readonly addresses: PodAddresses;
  readonly allocatable: Allocatable;
}

const variable = (name: string) => name.toUpperCase().replaceAll('-', '_');

/** Docker-link variables of one service, in upstream's order. */
export function serviceVariables(service: EnvService): readonly (readonly [string, string])[] {
  const prefix = variable(service.name);
  const variables: [string, string][] = [
    [`${prefix}_SERVICE_HOST`, service.clusterIp],
    [`${prefix}_SERVICE_PORT`, String(service.ports[0]!.port)],
  ];
  for (const port of service.ports)
    if (port.name !== '') variables.push([`${prefix}_SERVICE_PORT_${variable(port.name)}`, String(port.port)]);
  const host = service.clusterIp.includes(':') ? `[${service.clusterIp}]` : service.clusterIp;
  for (const [index, port] of service.ports.entries()) {
    const protocol = port.protocol === '' ? 'TCP' : port.protocol;
    const url = `${protocol.toLowerCase()}://${host}:${port.port}`;
    if (index === 0) variables.push([`${prefix}_PORT`, url]);
    const own = `${prefix}_PORT_${port.port}_${protocol}`;
    variables.push(
      [own, url],
      [`${own}_PROTO`, protocol.toLowerCase()],
      [`${own}_PORT`, String(port.port)],
      [`${own}_ADDR`, service.clusterIp],
    );
  }
  return variables;
}

const headless = (service: EnvService) => service.clusterIp === '' || service.clusterIp === 'None';

function linkVariables(pod: Pod, sources: EnvSources): Map<string, string> {
  const chosen = new Map<string, EnvService>();
  const links = pod.spec?.enableServiceLinks !== false;
  for (const service of sources.services) {
    if (headless(service) || service.ports.length === 0) continue;
    const master = service.namespace === sources.masterNamespace && service.name === 'kubernetes';
    if (master && !chosen.has(service.name)) chosen.set(service.name, service);
    else if (service.namespace === pod.metadata.namespace && links) chosen.set(service.name, service);
  }
  const variables = new Map<string, string>();
  for (const service of chosen.values()) for (const [name, text] of serviceVariables(service)) variables.set(name, text);
  return variables;
}

async function valueFrom(
  pod: Pod,
  container: AnyContainer,
  from: NonNullable<EnvVar['valueFrom']>,
  sources: EnvSources,
): Promise<string | undefined> {
  const namespace = pod.metadata.namespace ?? '';
  if (from.fieldRef !== undefined) return fieldValue(pod, from.fieldRef.fieldPath, sources.addresses);
  if (from.resourceFieldRef !== undefined) return resourceValue(pod, from.resourceFieldRef, container, sources.allocatable);
  if (from.configMapKeyRef !== undefined) {
    const { name = '', key, optional } = from.configMapKeyRef;
    const data = await sources.configMap(name);
    if (data !== undefined && Object.hasOwn(data, key)) return data[key]!;
    if (optional) return undefined;
    throw new ConfigError(
      data === undefined ? `configmap "${name}" not found` : `couldn't find key ${key} in ConfigMap ${namespace}/${name}`,
    );
  }
  if (from.secretKeyRef !== undefined) {
    const { name = '', key, optional } = from.secretKeyRef;
    const data = await sources.secret(name);
    if (data !== undefined && Object.hasOwn(data, key)) return data[key]!;
    if (optional) return undefined;
    throw new ConfigError(data === undefined ? `secret "${name}" not found` : `couldn't find key ${key} in Secret ${namespace}/${name}`);
  }
  if (from.fileKeyRef !== undefined) throw new ConfigError('environment variables from files are not supported by this node');
  return undefined;
}

/**
 * All variables of a container: those of services first, then envFrom, then env, where later ones win and `$(NAME)` sees
 * what stands before it. Throws ConfigError when a source that is not optional is missing.
 */
export async function makeEnvironment(pod: Pod, container: AnyContainer, sources: EnvSources): Promise<Map<string, string>> {
  const links = linkVariables(pod, sources);
  const result = new Map<string, string>();
  for (const from of container.envFrom ?? []) {
    const ref = from.configMapRef ?? from.secretRef;
    if (ref === undefined) continue;
    const kind = from.configMapRef !== undefined ? 'configmap' : 'secret';
    const name = ref.name ?? '';
    const data = await (from.configMapRef !== undefined ? sources.configMap(name) : sources.secret(name));
    if (data === undefined) {
      if (ref.optional) continue;
      throw new ConfigError(`${kind} "${name}" not found`);
    }
    for (const key of Object.keys(data).sort()) result.set(`${from.prefix ?? ''}${key}`, data[key]!);
  }
  for (const one of container.env ?? []) {
    if (one.value !== undefined && one.value !== '') {
      result.set(
        one.name,
        expand(one.value, (name) => result.get(name) ?? links.get(name)),
      );
    } else if (one.valueFrom !== undefined) {
      const text = await valueFrom(pod, container, one.valueFrom, sources);
      if (text !== undefined) result.set(one.name, text);
    } else result.set(one.name, '');
  }
  for (const [name, text] of links) if (!result.has(name)) result.set(name, text);
  return result;
}
