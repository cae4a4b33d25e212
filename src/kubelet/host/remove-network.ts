import { runProgram } from '../../base/program.node.ts';

interface NftRule {
  readonly rule?: { readonly chain: string; readonly expr: readonly Record<string, unknown>[] };
}
const isPortmapChain = (name: unknown) => typeof name === 'string' && name.startsWith('CNI-');

/** Whether a nat table holds no rule but what the portmap plugin put there; it leaves empty tables too. */
export function isPortmapOnly(listing: { readonly nftables: readonly NftRule[] }): boolean {
  const rules = listing.nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule]));
  return rules.every(
    ({ chain, expr }) => isPortmapChain(chain) || expr.some((part) => isPortmapChain((part.jump as { target?: string })?.target)),
  );
}

/** Removes the pods' bridge and the tables the portmap plugin leaves behind. What is not there is fine. */
export async function removeNetwork(bridge: string): Promise<void> {
  await runProgram('ip', ['link', 'delete', bridge]).catch(() => undefined);
  for (const family of ['ip', 'ip6']) {
    const listing = await runProgram('nft', ['-j', 'list', 'table', family, 'nat']).catch(() => undefined);
    if (listing !== undefined && isPortmapOnly(JSON.parse(listing))) {
      await runProgram('nft', ['delete', 'table', family, 'nat']).catch(() => undefined);
    }
  }
}
