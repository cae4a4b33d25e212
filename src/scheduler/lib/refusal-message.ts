/** "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable." */
export function refusalMessage(nodes: number, reasons: ReadonlyMap<string, number>): string {
  const listed = [...reasons].map(([reason, times]) => `${times} ${reason}`).sort();
  return `0/${nodes} nodes are available${listed.length === 0 ? '' : `: ${listed.join(', ')}`}.`;
}
