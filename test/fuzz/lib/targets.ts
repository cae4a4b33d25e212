import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './target.ts';

const folder = join(import.meta.dirname, '../targets');
export const targetNames: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .sort();

export async function loadTarget(name: string): Promise<Target> {
  const { target } = (await import(join(folder, `${name}.ts`))) as { readonly target: Target };
  return target;
}
