import { isIP } from 'node:net';
import type { AuthenticationRequest } from '../types.ts';

type Headers = AuthenticationRequest['headers'];
const first = (headers: Headers, name: string): string => {
  const value = headers[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
};
/** IPv4 that came over a socket of IPv6 is IPv4. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

/** Where a request comes from: what proxies say, then the other end of the connection. All but the last can be made up. */
export function sourceIps({ headers, remoteAddress }: Pick<AuthenticationRequest, 'headers' | 'remoteAddress'>): readonly string[] {
  const ips = first(headers, 'x-forwarded-for')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => isIP(one) !== 0);
  const real = first(headers, 'x-real-ip');
  if (isIP(real) !== 0 && !ips.includes(real)) ips.push(real);
  const remote = plain(remoteAddress ?? '');
  if (isIP(remote) !== 0 && ips.at(-1) !== remote) ips.push(remote);
  return ips;
}
