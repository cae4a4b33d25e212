import { isCidr, isWithin, parseCidr } from '../../../api/ip.ts';
import type { Draft, ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isPortName, isPortNumber } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { type Errors, invalidIf } from '../../lib/validate.ts';
import type { IPBlock, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from '../shapes/network-policy.ts';

/** NetworkPolicy (pkg/apis/networking). */
export interface NetworkPolicyLike extends ApiObject {
  readonly spec: NetworkPolicySpec;
}
const protocols = ['TCP', 'UDP', 'SCTP'];
const types = ['Ingress', 'Egress'];

export function defaultNetworkPolicy({ spec }: Draft<NetworkPolicyLike>): void {
  for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of ports ?? []) port.protocol ??= 'TCP';
  if ((spec.policyTypes ?? []).length === 0) spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

/** What an update may keep because it stood there before. */
interface Leniency {
  readonly labelValues: boolean;
  readonly cidrs: ReadonlySet<string>;
}

function* validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string): Errors {
  if (protocol !== undefined && !protocols.includes(protocol))
    yield fieldError.notSupported(`${path}.protocol`, protocol, protocols, 'as given');
  const end = `${path}.endPort`;
  if (typeof port === 'number') {
    yield* invalidIf(isPortNumber(port), `${path}.port`, port);
    if (endPort === undefined) return;
    if (endPort < port) yield fieldError.invalid(end, port, 'must be greater than or equal to `port`');
    yield* invalidIf(isPortNumber(endPort), end, endPort);
  } else {
    const why = `may not be specified when \`port\` is ${port === undefined ? 'not specified' : 'non-numeric'}`;
    if (endPort !== undefined) yield fieldError.invalid(end, endPort, why);
    if (port !== undefined) yield* invalidIf(isPortName(port), `${path}.port`, port);
  }
}

function* validateBlock({ cidr, except = [] }: IPBlock, path: string, known: Leniency['cidrs']): Errors {
  if (cidr === '') return yield fieldError.required(`${path}.cidr`);
  if (!known.has(cidr)) yield* invalidIf(isCidr(cidr), `${path}.cidr`, cidr);
  const outer = parseCidr(cidr);
  if (outer === undefined) return;
  for (const [index, text] of except.entries()) {
    const at = `${path}.except[${index}]`;
    if (!known.has(text)) yield* invalidIf(isCidr(text), at, text);
    const inner = parseCidr(text);
    if (inner !== undefined && !isWithin(outer, inner)) yield fieldError.invalid(at, text, 'must be a strict subset of `cidr`');
  }
}

function* validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: string, lenient: Leniency): Errors {
  const options = { anyValue: lenient.labelValues };
  yield* validateLabelSelector(podSelector, `${path}.podSelector`, options);
  yield* validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, options);
  if (ipBlock !== undefined) yield* validateBlock(ipBlock, `${path}.ipBlock`, lenient.cidrs);
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) yield fieldError.required(path, 'must specify a peer');
  if (selects && ipBlock !== undefined) yield fieldError.forbidden(path, 'may not specify both ipBlock and another peer');
}

interface Rule {
  readonly path: string;
  readonly peersField: string;
  readonly ports: readonly NetworkPolicyPort[];
  readonly peers: readonly NetworkPolicyPeer[];
}
function rulesOf({ ingress = [], egress = [] }: NetworkPolicySpec): readonly Rule[] {
  return [
    ...ingress.map(({ ports = [], from = [] }, index) => ({ path: `spec.ingress[${index}]`, peersField: 'from', ports, peers: from })),
    ...egress.map(({ ports = [], to = [] }, index) => ({ path: `spec.egress[${index}]`, peersField: 'to', ports, peers: to })),
  ];
}
/** Every block of addresses, and where it stands. */
export function blocksOf(spec: NetworkPolicySpec): readonly { readonly path: string; readonly block: IPBlock }[] {
  return rulesOf(spec).flatMap(({ path, peersField, peers }) =>
    peers.flatMap(({ ipBlock }, index) =>
      ipBlock === undefined ? [] : [{ path: `${path}.${peersField}[${index}].ipBlock`, block: ipBlock }],
    ),
  );
}

function leniency(old: NetworkPolicySpec): Leniency {
  return {
    labelValues: validateLabelSelector(old.podSelector, '').next().done !== true,
    cidrs: new Set(blocksOf(old).flatMap(({ block: { cidr, except = [] } }) => [cidr, ...except])),
  };
}
const strict: Leniency = { labelValues: false, cidrs: new Set() };

export function* validateNetworkPolicy({ spec }: NetworkPolicyLike, { old }: ValidationContext<NetworkPolicyLike>): Errors {
  const lenient = old === undefined ? strict : leniency(old.spec);
  yield* validateLabelSelector(spec.podSelector, 'spec.podSelector', { anyValue: lenient.labelValues });
  for (const { path, peersField, ports, peers } of rulesOf(spec)) {
    for (const [index, port] of ports.entries()) yield* validatePort(port, `${path}.ports[${index}]`);
    for (const [index, peer] of peers.entries()) yield* validatePeer(peer, `${path}.${peersField}[${index}]`, lenient);
  }
  const { policyTypes = [] } = spec;
  if (policyTypes.length > types.length)
    return yield fieldError.invalid('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes');
  for (const [index, type] of policyTypes.entries())
    if (!types.includes(type)) yield fieldError.notSupported(`spec.policyTypes[${index}]`, type, types, 'as given');
}
