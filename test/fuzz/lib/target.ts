import type { Random } from '../../../src/base/random.ts';

/** One parser of bytes that come from outside, and what it may do with any of them. */
export interface Target {
  /** What is valid, made by the code's own encoders where it has them. */
  readonly samples: () => readonly (Uint8Array | string)[] | Promise<readonly (Uint8Array | string)[]>;
  /** What its language is made of. */
  readonly words?: readonly (string | Uint8Array)[];
  /** Inputs of a form that mutations seldom find. Half of all inputs, where given. */
  readonly generate?: (random: Random) => Uint8Array | string;
  /** Throws for what must not happen; errors that are declared are caught in it. */
  readonly check: (input: Uint8Array) => void | Promise<void>;
  /** Inputs of the short run among the unit tests; 400 unless said. */
  readonly inputs?: number;
  /** Ends what the check started. */
  readonly close?: () => Promise<void>;
  /** false: no input of tens of kilobytes, since what it is read with is bounded before. */
  readonly large?: boolean;
}

type ErrorClass = abstract new (...args: never[]) => Error;
const isOf = (error: unknown, classes: readonly ErrorClass[]): boolean =>
  classes.some((one) => (one === Error ? error instanceof Error && error.constructor === Error : error instanceof one));

/** What `run` gives; undefined when it throws one of the errors it may throw. `Error` stands for that class alone, not for those derived from it. */
export function allow<T>(run: () => T, ...classes: readonly ErrorClass[]): T | undefined {
  try {
    return run();
  } catch (error) {
    if (isOf(error, classes)) return undefined;
    throw error;
  }
}
export async function allowAsync<T>(run: () => Promise<T>, ...classes: readonly ErrorClass[]): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (isOf(error, classes)) return undefined;
    throw error;
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
export const textOf = (input: Uint8Array): string => decoder.decode(input);
