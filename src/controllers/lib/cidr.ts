const nodeMaskBits = 24;

function parse(cidr: string): { readonly start: number; readonly bits: number } | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (match === null) return undefined;
  const [a, b, c, d, bits] = match.slice(1).map(Number) as [number, number, number, number, number];
  if ([a, b, c, d].some((part) => part > 255) || bits > 32) return undefined;
  const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  return { start: address - (address % 2 ** (32 - bits)), bits };
}
const shown = (start: number) => `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')}/${nodeMaskBits}`;

/** The first /24 of an IPv4 range that no CIDR in `used` overlaps; undefined when there is none left. */
export function freeSubnet(cluster: string, used: readonly string[]): string | undefined {
  const range = parse(cluster);
  if (range === undefined || range.bits > nodeMaskBits) return undefined;
  const size = 2 ** (32 - nodeMaskBits);
  const count = 2 ** (nodeMaskBits - range.bits);
  const taken = new Set<number>();
  for (const cidr of used) {
    const other = parse(cidr);
    if (other === undefined) continue;
    const first = Math.max(0, Math.floor((other.start - range.start) / size));
    const last = Math.min(count - 1, Math.floor((other.start + 2 ** (32 - other.bits) - 1 - range.start) / size));
    for (let index = first; index <= last; index++) taken.add(index);
  }
  for (let index = 0; index < count; index++) if (!taken.has(index)) return shown(range.start + index * size);
  return undefined;
}
