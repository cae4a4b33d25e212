import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { ipFamily, isDns1123Label, isDns1123Subdomain, isIp, isLabelValue } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { validateLabels } from '../../../api/validate-meta.ts';
import { validateEndpointIp } from '../../core/lib/validate-endpoints.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { dnsLabel, type Errors, immutable, invalidIf, oneOf, qualifiedName, named } from '../../lib/validate.ts';
import type { Endpoint, EndpointHints, EndpointPort } from '../shapes/endpoint-slice.ts';

/** pkg/apis/discovery/validation. */
interface SliceLike extends ApiObject {
  readonly addressType: string;
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly EndpointPort[];
}
const mostEndpoints = 1000;
const mostAddresses = 100;
const mostPorts = 20_000;
const mostTopologyLabels = 16;
const mostHints = 8;

function* validateAddress(type: string, address: string, path: string, list: string): Errors {
  if (type === 'IPv4' || type === 'IPv6') {
    const wrong = isIp(address);
    if (wrong.length > 0) return yield* invalidIf(wrong, path, address);
    if (`IPv${ipFamily(address)}` !== type) yield fieldError.invalid(list, address, `must be an ${type} address`);
    yield* validateEndpointIp(path, address);
  } else if (type === 'FQDN') {
    const name = address.replace(/\.$/, '');
    const wrong = isDns1123Subdomain(name);
    if (address === '') yield fieldError.required(path);
    else if (wrong.length > 0) yield fieldError.invalid(path, name, wrong.join(','));
    else if (!name.includes('.')) yield fieldError.invalid(path, name, 'should be a domain with at least two segments separated by dots');
    else
      for (const label of name.split('.'))
        if (isDns1123Label(label).length > 0) yield fieldError.invalid(path, label, isDns1123Label(label).join(','));
  }
}

function* validateHints({ forZones = [], forNodes = [] }: EndpointHints, path: string): Errors {
  for (const [field, list, check] of [
    ['forZones', forZones, isLabelValue],
    ['forNodes', forNodes, isDns1123Subdomain],
  ] as const) {
    if (list.length > mostHints) return yield fieldError.tooMany(`${path}.${field}`, list.length, mostHints);
    const seen = new Set<string>();
    for (const [index, { name }] of list.entries()) {
      const at = `${path}.${field}[${index}].name`;
      if (seen.has(name)) yield fieldError.duplicate(at, name);
      seen.add(name);
      yield* invalidIf(check(name), at, name);
    }
  }
}

function* validateEndpoints(endpoints: readonly Endpoint[], type: string): Errors {
  if (endpoints.length > mostEndpoints) return yield fieldError.tooMany('endpoints', endpoints.length, mostEndpoints);
  for (const [index, endpoint] of endpoints.entries()) {
    const at = `endpoints[${index}]`;
    const list = `${at}.addresses`;
    if (endpoint.addresses.length === 0) yield fieldError.required(list, 'must contain at least 1 address');
    else if (endpoint.addresses.length > mostAddresses) yield fieldError.tooMany(list, endpoint.addresses.length, mostAddresses);
    for (const [position, address] of endpoint.addresses.entries()) yield* validateAddress(type, address, `${list}[${position}]`, list);
    if (endpoint.nodeName !== undefined) yield* invalidIf(isDns1123Subdomain(endpoint.nodeName), `${at}.nodeName`, endpoint.nodeName);
    const topology = Object.keys(endpoint.deprecatedTopology ?? {}).length;
    if (topology > mostTopologyLabels) yield fieldError.tooMany(`${at}.deprecatedTopology`, topology, mostTopologyLabels);
    yield* validateLabels(endpoint.deprecatedTopology, `${at}.deprecatedTopology`);
    if (endpoint.hostname !== undefined) yield* dnsLabel(`${at}.hostname`, endpoint.hostname);
    if (endpoint.hints !== undefined) yield* validateHints(endpoint.hints, `${at}.hints`);
  }
}

function* validatePorts(ports: readonly EndpointPort[]): Errors {
  if (ports.length > mostPorts) return yield fieldError.tooMany('ports', ports.length, mostPorts);
  const names = new Set<string>();
  for (const [index, { name = '', protocol, appProtocol }] of ports.entries()) {
    const at = `ports[${index}]`;
    if (name !== '') yield* dnsLabel(`${at}.name`, name);
    if (names.has(name)) yield fieldError.duplicate(`${at}.name`, name);
    names.add(name);
    if (protocol === undefined) yield fieldError.required(`${at}.protocol`);
    else yield* oneOf(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']);
    if (appProtocol !== undefined) yield* qualifiedName(`${at}.appProtocol`, appProtocol);
  }
}

export function* validateSlice(slice: SliceLike, { old }: ValidationContext<SliceLike>): Errors {
  if (slice.addressType === '') yield fieldError.required('addressType');
  else yield* oneOf('addressType', slice.addressType, ['FQDN', 'IPv4', 'IPv6']);
  yield* validatePorts(slice.ports);
  const wrong: FieldError[] = [...validateEndpoints(slice.endpoints, slice.addressType)];
  // What an older version had let in may stay as it is.
  if (wrong.length > 0 && !(old !== undefined && sameOrEmpty(old.endpoints, slice.endpoints))) yield* wrong;
  if (old !== undefined) yield* immutable('addressType', slice.addressType, old.addressType, named);
}
