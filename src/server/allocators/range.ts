import type { Random } from '../../base/random.ts';

/** Numbers from `first` to `last`; automatic choice tries those from `dynamicFirst` on before the others (KEP-3070, KEP-3668). */
export interface Range {
  readonly first: number;
  readonly last: number;
  readonly dynamicFirst: number;
}

/** How much of a range is left for values that are asked for by name. */
function staticSize(size: number, step: number, least: number, most: number): number {
  return size <= least ? 0 : Math.min(Math.max(Math.floor(size / step), least), most);
}

/** The addresses of an IPv4 network without the network and broadcast address, as numbers. */
export function ipRange(cidr: string): Range {
  const [address = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const network = Math.floor(ipToNumber(address)! / size) * size;
  return { first: network + 1, last: network + size - 2, dynamicFirst: network + 1 + staticSize(size, 16, 16, 256) };
}
export function portRange(text: string): Range {
  const [first = 0, last = 0] = text.split('-').map(Number);
  return { first, last, dynamicFirst: first + staticSize(last - first + 1, 32, 16, 128) };
}

export function ipToNumber(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((value, part) => value * 256 + Number(part), 0);
}
export const numberToIp = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** A free number: from a random place in the upper part onwards, then in the lower part. */
export function pickFree(range: Range, random: Random, isFree: (value: number) => boolean): number | undefined {
  const scan = (first: number, last: number): number | undefined => {
    const size = last - first + 1;
    if (size <= 0) return undefined;
    const start = random.int(size);
    for (let step = 0; step < size; step++) {
      const value = first + ((start + step) % size);
      if (isFree(value)) return value;
    }
    return undefined;
  };
  return scan(range.dynamicFirst, range.last) ?? scan(range.first, range.dynamicFirst - 1);
}
