import { createHash } from 'node:crypto';

/**
 * The queues that a flow may wait in: `handSize` different ones of `deckSize`, chosen by the flow's hash, so that two flows seldom have
 * the same hand (KEP-1040; k8s.io/apiserver util/shufflesharding).
 */
export function deal(hash: bigint, deckSize: number, handSize: number): readonly number[] {
  const remainders: number[] = [];
  let rest = hash;
  for (let index = 0; index < handSize; index++) {
    const size = BigInt(deckSize - index);
    remainders.push(Number(rest % size));
    rest /= size;
  }
  return remainders.map((remainder, index) => {
    let card = remainder;
    for (let before = index - 1; before >= 0; before--) if (card >= remainders[before]!) card++;
    return card;
  });
}

/** Of a flow schema and what tells its flows apart. */
export const hashOfFlow = (schema: string, distinguisher: string): bigint =>
  createHash('sha256').update(`${schema}\0${distinguisher}`).digest().readBigUInt64LE(0);
