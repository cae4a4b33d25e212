/** How the seats of the server are dealt to priority levels by what they ask for (KEP-1040, "Dispatching"; conc_alloc.go upstream). */
export interface Claim {
  readonly target: number;
  readonly lowerBound: number;
  readonly upperBound: number;
}
const smallestTarget = 0.001;
const epsilon = 1e-7;

/**
 * Shares of `sum` in proportion to the targets, within the bounds of each: there is one fraction of which every share is its target's
 * part, or the bound that is nearest. Throws RangeError when the bounds leave no such shares.
 */
export function allocate(sum: number, claims: readonly Claim[]): { readonly shares: readonly number[]; readonly fraction: number } {
  const lowest = claims.reduce((total, { lowerBound }) => total + lowerBound, 0);
  const highest = claims.reduce((total, { upperBound }) => total + upperBound, 0);
  if (lowest - sum > epsilon) throw new RangeError(`lower bounds sum to ${lowest}, which is higher than the required sum of ${sum}`);
  if (sum - highest > epsilon) throw new RangeError(`upper bounds sum to ${highest}, which is lower than the required sum of ${sum}`);
  const items = claims.map((claim) => ({ ...claim, target: Math.max(claim.target, smallestTarget) }));
  if (sum === 0) return { shares: claims.map(() => 0), fraction: 0 };
  if (lowest - sum > -epsilon)
    return { shares: claims.map(({ lowerBound }) => lowerBound), fraction: Math.min(...items.map((one) => one.lowerBound / one.target)) };
  if (sum - highest > -epsilon)
    return { shares: claims.map(({ upperBound }) => upperBound), fraction: Math.max(...items.map((one) => one.upperBound / one.target)) };
  const fraction = fractionFor(sum, items);
  return { shares: items.map((one) => Math.max(one.lowerBound, Math.min(one.upperBound, fraction * one.target))), fraction };
}

/** The sum of shares grows with the fraction, straight between the fractions at which somebody reaches a bound. */
function fractionFor(sum: number, items: readonly Claim[]): number {
  const bends = items
    .flatMap(({ target, lowerBound, upperBound }) => [
      { at: lowerBound / target, slope: target },
      { at: upperBound / target, slope: -target },
    ])
    .sort((a, b) => a.at - b.at);
  let reached = items.reduce((total, { lowerBound }) => total + lowerBound, 0);
  let fraction = 0;
  let slope = 0;
  for (const bend of bends) {
    const next = reached + (bend.at - fraction) * slope;
    if (slope > 0 && next >= sum) return fraction + (sum - reached) / slope;
    reached = next;
    fraction = bend.at;
    slope += bend.slope;
  }
  return fraction;
}
