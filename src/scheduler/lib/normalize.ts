/** Stretches raw scores so that the highest becomes 100. All zero stays zero. */
export function stretch(scores: Map<string, number>): void {
  const highest = Math.max(0, ...scores.values());
  if (highest > 0) for (const [name, score] of scores) scores.set(name, Math.floor((score * 100) / highest));
}

/** As `stretch`, the other way round: the lowest raw score is the best. All zero becomes 100. */
export function invert(scores: Map<string, number>): void {
  const highest = Math.max(0, ...scores.values());
  for (const [name, score] of scores) scores.set(name, highest === 0 ? 100 : 100 - Math.floor((score * 100) / highest));
}
