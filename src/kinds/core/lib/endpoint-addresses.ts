import type { EndpointSubset } from '../shapes/endpoints.ts';

const shown = 3;

/** The first addresses with their ports, as kubectl shows Endpoints. */
export function addressesOf({ subsets = [] }: { readonly subsets?: readonly EndpointSubset[] | undefined }): string {
  if (subsets.length === 0) return '<none>';
  const list: string[] = [];
  let count = 0;
  for (const { addresses = [], ports = [] } of subsets) {
    for (const port of ports.length === 0 ? [undefined] : ports) {
      count += addresses.length;
      for (const { ip } of addresses.slice(0, shown - list.length)) {
        const host = ip.includes(':') && port !== undefined ? `[${ip}]` : ip;
        list.push(port === undefined ? host : `${host}:${port.port}`);
      }
    }
  }
  return count > list.length ? `${list.join(',')} + ${count - shown} more...` : list.join(',');
}
