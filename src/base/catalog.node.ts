import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nextTurn } from './turn.ts';

/**
 * Imports every definition file under `dir` and returns the one value each exports. The folder is the list: adding a file
 * adds the thing. Tests and what stands in a `shapes/` or `lib/` folder are not definitions. A folder is read once.
 */
export function catalog<T>(dir: string): Promise<readonly T[]> {
  let loading = loaded.get(dir);
  if (loading === undefined) {
    loading = load(dir);
    loaded.set(dir, loading);
  }
  return loading as Promise<readonly T[]>;
}
const loaded = new Map<string, Promise<readonly unknown[]>>();

async function load(dir: string): Promise<readonly unknown[]> {
  return await Promise.all(filesOf(dir).map((file) => definitionIn(dir, file)));
}
/** As `catalog`, one at a time with turns of the event loop between, for what is loaded while a server runs. */
export async function* catalogInTurns<T>(dir: string): AsyncGenerator<T> {
  for (const file of filesOf(dir)) {
    yield (await definitionIn(dir, file)) as T;
    await nextTurn();
  }
}

const filesOf = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[jt]s$/.test(file) && !/\.(test|fuzz|contract|d)\.[jt]s$|(^|\/)(shapes|lib)\//.test(file))
    .sort();

async function definitionIn(dir: string, file: string): Promise<unknown> {
  const values = Object.values((await import(pathToFileURL(join(dir, file)).href)) as Record<string, unknown>);
  if (values.length !== 1) throw new Error(`${file}: must export exactly one definition, found ${values.length}`);
  return values[0]!;
}
