import type { Command as Program } from 'commander';
import type { Clock } from '../base/clock.ts';

/** What a command may touch besides the cluster. Tests hand in their own. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTty: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
}

/** One `skiff` command; the file is named after it and holds all of it. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Shown before the others in help when true. */
  readonly common?: boolean;
  /** Declares arguments and options and what to do (commander); resolves to the exit code through `done`. */
  readonly configure: (program: Program, io: Io, done: (exitCode: Promise<number>) => void) => void;
}
export const defineCommand = (command: Command): Command => command;

/** An error whose message is for the user: what is wrong and what to do next. Printed without a stack. */
export class UserError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}
