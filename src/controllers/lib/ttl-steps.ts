/** How long kubelets may keep secrets, by the number of nodes. Steps overlap, so that a node that comes and goes changes nothing. */
export const ttlSteps = [
  { least: 0, most: 100, seconds: 0 },
  { least: 90, most: 500, seconds: 15 },
  { least: 450, most: 1000, seconds: 30 },
  { least: 900, most: 2000, seconds: 60 },
  { least: 1800, most: Number.POSITIVE_INFINITY, seconds: 300 },
] as const;

/** The step that fits `count` nodes, coming from another. */
export const nextStep = (step: number, count: number): number =>
  count > ttlSteps[step]!.most ? nextStep(step + 1, count) : count < ttlSteps[step]!.least ? nextStep(step - 1, count) : step;
