import type { ApiObject, ObjectMeta } from '../../../api/meta.ts';
import { isDns1123Label } from '../../../api/names.ts';
import { isWhole } from '../../../api/quantity.ts';
import type { Container, ContainerPort, EphemeralContainer } from '../shapes/container.ts';
import type { PodSpec } from '../shapes/pod-spec.ts';
import { claimSpecWarnings } from './claim-strategy.ts';
import { expressionWarnings, oldNodeLabels } from './node-label-warnings.ts';
import { allContainers } from './validate-pod-spec.ts';

/** Legal but questionable (pkg/api/pod/warnings.go, pkg/api/node/util.go). `at` is '' for pods, 'spec.template.' for templates. */
const outdatedVolumes = Object.entries({
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
});

function* placementWarnings(spec: PodSpec, at: string): Generator<string> {
  for (const key of Object.keys(spec.nodeSelector ?? {}))
    if (oldNodeLabels[key]) yield `${at}spec.nodeSelector[${key}]: ${oldNodeLabels[key]}`;
  const affinity = `${at}spec.affinity`;
  const node = spec.affinity?.nodeAffinity;
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  for (const [index, term] of (node?.[required]?.nodeSelectorTerms ?? []).entries())
    yield* expressionWarnings(term, `${affinity}.nodeAffinity.${required}.nodeSelectorTerms[${index}]`);
  for (const [index, { preference }] of (node?.[preferred] ?? []).entries())
    yield* expressionWarnings(preference, `${affinity}.nodeAffinity.${preferred}[${index}].preference`);
  for (const [index, { topologyKey, labelSelector }] of (spec.topologySpreadConstraints ?? []).entries()) {
    const path = `${at}spec.topologySpreadConstraints[${index}]`;
    if (oldNodeLabels[topologyKey]) yield `${path}.topologyKey: ${topologyKey} is ${oldNodeLabels[topologyKey]}`;
    if (labelSelector === undefined) yield `${path}.labelSelector: a null labelSelector results in matching no pod`;
  }
  for (const which of ['podAffinity', 'podAntiAffinity'] as const) {
    const null_ = 'a null labelSelector results in matching no pod';
    for (const [index, term] of (spec.affinity?.[which]?.[required] ?? []).entries())
      if (term.labelSelector === undefined) yield `${affinity}.${which}.${required}[${index}].labelSelector: ${null_}`;
    for (const [index, { podAffinityTerm }] of (spec.affinity?.[which]?.[preferred] ?? []).entries())
      if (podAffinityTerm.labelSelector === undefined)
        yield `${affinity}.${which}.${preferred}[${index}].podAffinityTerm.labelSelector: ${null_}`;
  }
}

function* envWarnings({ env = [] }: Container | EphemeralContainer, path: string): Generator<string> {
  const seen = new Set<string>();
  if (new Set(env.map(({ name }) => name)).size === env.length) return;
  for (const [index, { name, value = '', valueFrom }] of env.entries()) {
    const reference = `$(${name})`;
    if (seen.has(name) && (valueFrom !== undefined || value === reference || !value.includes(reference)))
      yield `${path}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
    seen.add(name);
  }
}
function* amountWarnings(lists: Readonly<Record<string, Record<string, string> | undefined>>, path: string): Generator<string> {
  for (const name of ['memory', 'ephemeral-storage'])
    for (const [list, amounts] of Object.entries(lists)) {
      const amount = amounts?.[name];
      if (amount !== undefined && !isWhole(amount))
        yield `${path}.${list}[${name}]: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`;
    }
}

function* portWarnings(spec: PodSpec, at: string): Generator<string> {
  const seen = new Map<string, { readonly port: ContainerPort; readonly at: string }[]>();
  const names = new Map<string, string>();
  for (const { container, at: path } of allContainers(spec, `${at}spec`)) {
    for (const [index, port] of (container.ports ?? []).entries()) {
      const here = `${path}.ports[${index}]`;
      const key = `${port.containerPort}/${port.protocol}`;
      const others = seen.get(key) ?? [];
      for (const other of others) {
        const [hostPort, otherHostPort] = [port.hostPort ?? 0, other.port.hostPort ?? 0];
        const [ip, otherIp] = [port.hostIP ?? '', other.port.hostIP ?? ''];
        if (ip === otherIp && hostPort === otherHostPort) yield `${here}: duplicate port definition with ${other.at}`;
        else if (hostPort === 0 || otherHostPort === 0) yield `${here}: overlapping port definition with ${other.at}`;
        else if (hostPort === otherHostPort && (ip === '') !== (otherIp === ''))
          yield `${here}: dangerously ambiguous port definition with ${other.at}`;
      }
      seen.set(key, [...others, { port, at: here }]);
      const first = port.name ? names.get(port.name) : undefined;
      if (first !== undefined)
        yield `${here}: duplicate port name ${JSON.stringify(port.name)} with ${first}, services and probes that select ports by name will use ${first}`;
      else if (port.name) names.set(port.name, here);
    }
  }
}

function* repeated(values: readonly string[], path: (index: number) => string, what: string): Generator<string> {
  for (const [index, value] of values.entries())
    if (values.indexOf(value) < index) yield `${path(index)}: duplicate ${what} ${JSON.stringify(value)}`;
}

export function* podSpecWarnings(spec: PodSpec, at = ''): Generator<string> {
  yield* placementWarnings(spec, at);
  for (const [index, volume] of (spec.volumes ?? []).entries()) {
    const path = `${at}spec.volumes[${index}]`;
    const claim = volume.ephemeral?.volumeClaimTemplate;
    if (claim !== undefined) yield* claimSpecWarnings(claim.spec, `${path}.ephemeral.volumeClaimTemplate.spec`);
    for (const [type, text] of outdatedVolumes)
      if (volume[type as keyof typeof volume] !== undefined) yield `${path}.${type === 'storageos' ? 'storageOS' : type}: ${text}`;
  }
  const aliases = (spec.hostAliases ?? []).map((alias) => alias.ip);
  yield* repeated(aliases, (index) => `${at}spec.hostAliases[${index}].ip`, 'ip');
  const secrets = (spec.imagePullSecrets ?? []).map((secret) => secret.name ?? '');
  yield* repeated(secrets, (index) => `${at}spec.imagePullSecrets[${index}].name`, 'name');
  for (const [index, name] of secrets.entries()) if (name === '') yield `${at}spec.imagePullSecrets[${index}].name: invalid empty name ""`;
  yield* amountWarnings({ overhead: spec.overhead }, `${at}spec`);
  for (const { container, at: path } of allContainers(spec, `${at}spec`)) {
    const { limits, requests } = container.resources;
    yield* amountWarnings({ limits, requests }, `${path}.resources`);
    yield* envWarnings(container, path);
  }
  yield* portWarnings(spec, at);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0)
    yield `${at}spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`;
}

/** The name becomes part of pod names and host names. */
export function* nameWarnings({ name }: ObjectMeta, use: string): Generator<string> {
  const wrong = isDns1123Label(name ?? '');
  if (wrong.length > 0)
    yield `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${wrong.join(' ')}]`;
}

/** Of what makes pods from a template: on create, and on updates that change its spec. */
export function* templateWarnings(
  object: ApiObject,
  template: { readonly spec: PodSpec } | undefined,
  old?: ApiObject,
  about: { readonly names: boolean } = { names: true },
): Generator<string> {
  if (about.names && old === undefined) yield* nameWarnings(object.metadata, 'Pod names and hostnames');
  if (template !== undefined && isNewGeneration(object, old)) yield* podSpecWarnings(template.spec, 'spec.template.');
}
export const isNewGeneration = ({ metadata }: ApiObject, old: ApiObject | undefined): boolean =>
  old?.metadata.generation === undefined || old.metadata.generation !== metadata.generation;
