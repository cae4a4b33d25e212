import type { Body, Scenario, Step } from './scenario.ts';

/** Whether a scenario still shows what is looked for. */
type Shows = (scenario: Scenario) => Promise<boolean>;

/** The same difference with less: steps, then headers and parts of bodies, are left out as long as it still shows. `tries` and `limitMs` bound the work. */
export async function shrink(scenario: Scenario, last: number, shows: Shows, tries = 150, limitMs = 30_000): Promise<Scenario> {
  let left = tries;
  const untilMs = Date.now() + limitMs;
  let best: Scenario = { ...scenario, steps: scenario.steps.slice(0, last + 1) };
  const better = async (steps: readonly Step[]): Promise<boolean> => {
    if (left-- <= 0 || Date.now() > untilMs) return false;
    const candidate = { ...best, steps };
    if (!(await shows(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let index = best.steps.length - 2; index >= 0; index--) await better(best.steps.toSpliced(index, 1));
  for (let index = best.steps.length - 1; index >= 0; index--) {
    for (const name of Object.keys(best.steps[index]!.headers ?? {})) {
      const { [name]: _, ...headers } = best.steps[index]!.headers!;
      await better(best.steps.with(index, { ...best.steps[index]!, headers }));
    }
    await shrinkBody(index);
  }
  return best;

  async function shrinkBody(index: number): Promise<void> {
    const bodyOf = () => best.steps[index]!.body;
    const withBody = (body: Body) => best.steps.with(index, { ...best.steps[index]!, body });
    const body = bodyOf();
    if (body === undefined) return;
    if ('edits' in body) {
      for (let at = body.edits.length - 1; at >= 0; at--) {
        const now = bodyOf() as typeof body;
        await better(withBody({ ...now, edits: now.edits.toSpliced(at, 1) }));
      }
    } else if ('value' in body) {
      // Large parts first: what hangs below a part that went needs no try of its own.
      for (let depth = 1; depth < 12; depth++) {
        for (const path of pathsAt((bodyOf() as typeof body).value, depth).reverse()) {
          const now = bodyOf() as typeof body;
          await better(withBody({ ...now, value: without(now.value, path) }));
        }
      }
    }
  }
}

type Path = readonly (string | number)[];
function pathsAt(value: unknown, depth: number): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys: readonly (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return depth === 1
    ? keys.map((key) => [key])
    : keys.flatMap((key) => pathsAt((value as any)[key], depth - 1).map((path) => [key, ...path]));
}
function without(value: unknown, [first, ...rest]: Path): unknown {
  if (Array.isArray(value))
    return rest.length === 0 ? value.toSpliced(Number(first), 1) : value.with(Number(first), without(value[Number(first)], rest));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      key !== first ? [[key, member]] : rest.length === 0 ? [] : [[key, without(member, rest)]],
    ),
  );
}
