import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command as Program, CommanderError } from 'commander';
import { UserError, type Command, type Io } from './command.ts';

const commandsDir = join(import.meta.dirname, 'commands');

/** Names of all commands: the files of the folder. */
function commandNames(): string[] {
  return readdirSync(commandsDir)
    .filter((file) => /^[a-z-]+\.[jt]s$/.test(file))
    .map((file) => file.slice(0, -3))
    .sort();
}

async function loadCommand(name: string): Promise<Command> {
  const extension = import.meta.filename.slice(-3);
  const loaded = Object.values((await import(join(commandsDir, `${name}${extension}`))) as Record<string, Command>);
  return loaded[0]!;
}

/** Runs one command line; the exit code. Only the file of the command asked for is loaded, all of them for help. */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const program = new Program('skiff')
    .description('Kubernetes in one process.')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .enablePositionalOptions();
  const names = commandNames();
  const asked = argv.find((word) => !word.startsWith('-'));
  const wanted = asked !== undefined && names.includes(asked) && argv[0] === asked ? [asked] : names;
  for (const command of await Promise.all(wanted.map(loadCommand))) {
    const sub = program
      .command(command.name)
      .description(command.summary)
      .exitOverride()
      .configureOutput({ writeOut: io.out, writeErr: io.err });
    if (command.passThrough) sub.allowUnknownOption().helpOption(false).passThroughOptions().argument('[args...]');
    command.configure?.(sub);
    sub.action(async () => {
      exitCode = await command.run({ args: sub.args, options: sub.opts(), io });
    });
  }
  if (argv.length === 0) {
    io.out(program.helpInformation());
    return 0;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (error instanceof UserError) {
      io.err(`skiff: ${error.message}\n`);
      return error.exitCode;
    }
    throw error;
  }
}
