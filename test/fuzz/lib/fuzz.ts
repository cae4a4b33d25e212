import { Script } from 'node:vm';
import { seededRandom } from '../../../src/base/random.ts';
import { bytesOf, Mutator } from './mutate.ts';
import { shrink } from './shrink.ts';
import type { Target } from './target.ts';

/** What no input may take, whatever the machine does besides. */
const hangMs = 5_000;
const generatedBytesMax = 1024 * 1024;

export interface FuzzOptions {
  readonly seed: number;
  /** Whether to go on after so many inputs. */
  readonly goesOn: (inputs: number) => boolean;
  readonly beforeInput?: (input: Uint8Array) => void;
  readonly afterInput?: (input: Uint8Array, ms: number) => void;
}
export class FuzzFailure extends Error {
  readonly input: Uint8Array;
  constructor(input: Uint8Array, seed: number, number: number, cause: unknown) {
    super(`input ${number} of seed ${seed}, shrunk: ${shown(input)}\n${cause instanceof Error ? cause.stack : String(cause)}`, { cause });
    this.input = input;
  }
}
/** As a TypeScript literal that makes the same bytes; of long ones only the ends. */
function shown(input: Uint8Array): string {
  const text = new TextDecoder().decode(input);
  if (input.length > 2000) return `${input.length} bytes, ${JSON.stringify(text.slice(0, 200))} ... ${JSON.stringify(text.slice(-200))}`;
  return Buffer.from(text).equals(input) ? JSON.stringify(text) : `Buffer.from('${Buffer.from(input).toString('base64')}', 'base64')`;
}

const guarded = new Script('globalThis.fuzzedCheck()');
/** Runs the check; one that never ends is ended, and throws. */
async function run({ check }: Target, input: Uint8Array): Promise<void> {
  (globalThis as { fuzzedCheck?: () => unknown }).fuzzedCheck = () => check(input);
  const pending = guarded.runInThisContext({ timeout: hangMs }) as ReturnType<Target['check']>;
  if (pending !== undefined) await Promise.race([pending, hung()]);
}
const hung = (): Promise<never> =>
  new Promise((_, reject) => setTimeout(() => reject(new Error(`no end after ${hangMs} ms`)), hangMs).unref());

/** Feeds the target one input after the other, all of them from the seed. Throws FuzzFailure with a small input at the first that breaks it. */
export async function fuzz(target: Target, { seed, goesOn, beforeInput, afterInput }: FuzzOptions): Promise<number> {
  const random = seededRandom(seed);
  const corpus = (await target.samples()).map(bytesOf);
  const mutator = new Mutator(random, corpus, target.words ?? [], target.large !== false);
  let number = 0;
  for (; goesOn(number); number++) {
    const generated = number < corpus.length ? corpus[number]! : target.generate !== undefined && random.int(2) === 0;
    const input = generated === false ? mutator.next() : generated === true ? bytesOf(target.generate!(random)) : generated;
    if (input.length > generatedBytesMax) continue;
    beforeInput?.(input);
    const startMs = performance.now();
    try {
      await run(target, input);
    } catch (error) {
      const fails = async (candidate: Uint8Array) => {
        try {
          await run(target, candidate);
          return false;
        } catch (other) {
          return kindOf(other) === kindOf(error);
        }
      };
      const small = await shrink(input, fails);
      throw new FuzzFailure(small, seed, number, error);
    }
    afterInput?.(input, performance.now() - startMs);
  }
  return number;
}
const kindOf = (error: unknown): string => (error instanceof Error ? error.constructor.name : typeof error);
