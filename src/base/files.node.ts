import { readFileSync } from 'node:fs';

/** The text of a file; undefined when there is none. Throws what else goes wrong. */
export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
/** The text of a file without blanks at its ends; '' when it cannot be read, for whatever reason. */
export function readTrimmed(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
