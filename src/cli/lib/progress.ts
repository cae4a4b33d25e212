import type { Progress } from '../backend.ts';
import type { Io } from '../command.ts';

/** Prints steps as they begin and end: in place on a terminal, one line per finished step elsewhere. */
export function progressPrinter(io: Pick<Io, 'err' | 'isTty'>): (progress: Progress) => void {
  return ({ step, done, detail }) => {
    const text = detail === undefined ? step : `${step} (${detail})`;
    if (io.isTty) io.err(`\r\x1b[K${done ? '  ✓' : '  …'} ${text}${done ? '\n' : ''}`);
    else if (done) io.err(`  ✓ ${text}\n`);
  };
}
