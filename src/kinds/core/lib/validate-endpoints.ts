import { parseIp } from '../../../api/ip.ts';
import { isDns1123Subdomain, isIp } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { dnsLabel, type Errors, invalidIf, portNumber, qualifiedName, required } from '../../lib/validate.ts';
import type { EndpointAddress, EndpointPort, EndpointSubset } from '../shapes/endpoints.ts';

/** Addresses that no endpoint can have (ValidateEndpointIP). */
export function* validateEndpointIp(path: string, ip: string): Errors {
  if (parseIp(ip) === undefined) return yield fieldError.invalid(path, ip, 'must be a valid IP address');
  const text = ip.toLowerCase();
  if (text === '0.0.0.0' || text === '::') yield fieldError.invalid(path, ip, `may not be unspecified (${ip})`);
  if (text.startsWith('127.') || text === '::1')
    yield fieldError.invalid(path, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (text.startsWith('169.254.') || /^fe[89ab]/.test(text))
    yield fieldError.invalid(path, ip, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  if (text.startsWith('224.0.0.') || text.startsWith('ff02:'))
    yield fieldError.invalid(path, ip, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
}

function* validateAddress(address: EndpointAddress, path: string): Errors {
  yield* invalidIf(isIp(address.ip), `${path}.ip`, address.ip);
  if (address.hostname) yield* dnsLabel(`${path}.hostname`, address.hostname);
  if (address.nodeName !== undefined) yield* invalidIf(isDns1123Subdomain(address.nodeName), `${path}.nodeName`, address.nodeName);
  yield* validateEndpointIp(`${path}.ip`, address.ip);
}
function* validatePort(port: EndpointPort, needsName: boolean, path: string): Errors {
  if (port.name) yield* dnsLabel(`${path}.name`, port.name);
  else if (needsName) yield fieldError.required(`${path}.name`);
  yield* portNumber(`${path}.port`, port.port);
  yield* required(`${path}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']);
  if (port.appProtocol !== undefined) yield* qualifiedName(`${path}.appProtocol`, port.appProtocol);
}

export function* validateSubsets(subsets: readonly EndpointSubset[] | undefined): Errors {
  for (const [index, { addresses = [], notReadyAddresses = [], ports = [] }] of (subsets ?? []).entries()) {
    const at = `subsets[${index}]`;
    if (addresses.length === 0 && notReadyAddresses.length === 0)
      yield fieldError.required(at, 'must specify `addresses` or `notReadyAddresses`');
    for (const [position, address] of addresses.entries()) yield* validateAddress(address, `${at}.addresses[${position}]`);
    for (const [position, address] of notReadyAddresses.entries()) yield* validateAddress(address, `${at}.notReadyAddresses[${position}]`);
    for (const [position, port] of ports.entries()) yield* validatePort(port, ports.length > 1, `${at}.ports[${position}]`);
  }
}
