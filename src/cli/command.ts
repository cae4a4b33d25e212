import type { Command as Program } from 'commander';
import type { Clock } from '../base/clock.ts';
import type { Backend } from './backend.ts';

/** What a command may touch besides the cluster. Tests hand in their own. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTty: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Loads what runs clusters and touches the machine; slow, so only on demand. */
  readonly backend: () => Promise<Backend>;
}

/** One `skiff` command; the file is named after it and holds all of it. Heavy imports belong inside `run`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Arguments and options are passed on as they are, to another program. */
  readonly passThrough?: boolean;
  /** Declares arguments and options. */
  readonly configure?: (program: Program) => void;
  /** Resolves to the exit code. */
  readonly run: (input: {
    readonly args: readonly string[];
    readonly options: Readonly<Record<string, any>>;
    readonly io: Io;
  }) => Promise<number>;
}
export const defineCommand = (command: Command): Command => command;

/** For options that may be given several times. */
export const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** An error whose message is for the user: what is wrong and what to do next. Printed without a stack. */
export class UserError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}
