import { classOf, compare, type Difference, show, type Shown } from './compare.ts';
import type { Answer, Connection } from './connection.ts';
import { Masks } from './masks.ts';
import { requestOf, type Side, valueOf } from './play.ts';
import { preludeOf, type Scenario, type Step } from './scenario.ts';
import { poll, settle } from './settle.ts';

/** A step whose two answers are not the same. */
export interface Finding {
  /** Number of the step in the scenario; the prelude's are below 0. */
  readonly index: number;
  readonly step: Step;
  readonly differences: readonly Difference[];
  readonly classes: ReadonlySet<string>;
  readonly upstream: Shown;
  readonly skiff: Shown;
}
export interface Outcome {
  /** Sent to each of the servers, the prelude not counted. */
  readonly requests: number;
  readonly findings: readonly Finding[];
  /** For reproductions: what the two sides held at the end. */
  readonly sides: readonly [Side, Side];
}
export interface Pair {
  readonly upstream: Connection;
  readonly skiff: Connection;
}

const patienceMs = 10_000;

/** Plays a scenario on both servers, step by step, in a namespace that nobody used before. */
export async function tryOut(scenario: Scenario, namespace: string, pair: Pair): Promise<Outcome> {
  const side = (): Side => ({ namespace, masks: new Masks(Date.now), answers: new Map() });
  const sides = [side(), side()] as const;
  const findings: Finding[] = [];
  let requests = 0;
  const prelude = preludeOf(scenario);
  const steps = [...prelude, ...scenario.steps];
  for (const [number, step] of steps.entries()) {
    if (step.needs !== undefined && sides.some(({ answers }) => (answers.get(step.needs!)?.kind ?? 'Status') === 'Status')) break;
    const [theirs, ours] = await Promise.all([ask(pair.upstream, step, sides[0]), ask(pair.skiff, step, sides[1])]);
    if (number >= prelude.length) requests++;
    await settle(step, [
      { connection: pair.upstream, side: sides[0], ...theirs },
      { connection: pair.skiff, side: sides[1], ...ours },
    ]);
    const [upstream, skiff] = [show(theirs, sides[0].masks), show(ours, sides[1].masks)];
    const differences = compare(upstream, skiff);
    if (differences.length === 0) continue;
    findings.push({ index: number - prelude.length, step, differences, classes: new Set(differences.map(classOf)), upstream, skiff });
    // From here on the two hold different things: what follows would only repeat it.
    const isOther = differences.some(({ what }) => what === 'status' || what === 'body');
    if (step.method !== 'GET' && Math.min(upstream.status, skiff.status) < 400 && isOther) break;
  }
  for (const step of scenario.after ?? []) await Promise.all([ask(pair.upstream, step, sides[0]), ask(pair.skiff, step, sides[1])]);
  return { requests, findings, sides };
}

/** What a refused object was to be called. */
function generateNameOf(body: Uint8Array | undefined): { readonly generateName?: unknown } {
  const { metadata } = (valueOf('json', Buffer.from(body ?? [])) ?? {}) as {
    readonly metadata?: { readonly generateName?: unknown } | null;
  };
  return { generateName: metadata?.generateName };
}

async function ask(connection: Connection, step: Step, side: Side): Promise<Answer> {
  const request = requestOf(step, side);
  const requestBytes = Buffer.from(request.body ?? []);
  side.masks.sent(request.path + requestBytes.toString('latin1'));
  let answer!: Answer;
  await poll(patienceMs, async () => {
    answer = await connection.send(request);
    return step.until === undefined || answer.status === step.until;
  });
  const isCreated = answer.status === 201;
  const isRefused = step.method === 'POST' && answer.status >= 400;
  const mayBeNamed = (isCreated && answer.body.includes('generateName')) || (isRefused && requestBytes.includes('generateName'));
  if (step.label !== undefined || mayBeNamed) {
    const value = valueOf(String(answer.headers['content-type'] ?? ''), answer.body) as any;
    // What is refused changed nothing: the label stays with the object.
    if (step.label !== undefined && (answer.status < 300 || !side.answers.has(step.label))) side.answers.set(step.label, value);
    const { generateName, name } = isRefused ? { ...generateNameOf(request.body), name: value?.details?.name } : (value?.metadata ?? {});
    if (mayBeNamed && typeof generateName === 'string' && typeof name === 'string') side.masks.named(generateName, name);
  }
  return answer;
}
