import type { AnyKind } from '../api/kind.ts';
import { catalog } from '../base/catalog.node.ts';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const notKinds = new Set(['lib', 'descriptions', 'testdata']);

/** Every built-in kind: one per definition file of the group folders beside this file; `lib` is shared code. */
export async function loadKinds(): Promise<readonly AnyKind[]> {
  const here = import.meta.dirname;
  const groups = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !notKinds.has(entry.name));
  return (await Promise.all(groups.map((group) => catalog<AnyKind>(join(here, group.name))))).flat();
}
