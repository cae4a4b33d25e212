import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPidFile } from './process.ts';

/**
 * A machine is the node of one cluster: bridge, service rules and cgroups have one name each, and a second cluster would take
 * the containers of the first for its own, and end them. The folder of sockets says whose they are.
 */
const fileIn = (runDir: string) => join(runDir, 'owner');

/** State folder of the cluster whose node runs on this machine; undefined when nothing of one runs. */
export function ownerOf(runDir: string): string | undefined {
  const runs = ['keeper.pid', 'containerd.pid'].some((name) => readPidFile(join(runDir, name)) !== undefined);
  try {
    return runs ? readFileSync(fileIn(runDir), 'utf8').trim() : undefined;
  } catch {
    return undefined;
  }
}

/** Makes this machine the node of the cluster in `stateDir`. Gives the state folder of another one that is in the way. */
export function claimMachine(runDir: string, stateDir: string): string | undefined {
  const owner = ownerOf(runDir);
  if (owner !== undefined && owner !== stateDir) return owner;
  mkdirSync(runDir, { recursive: true, mode: 0o711 });
  writeFileSync(fileIn(runDir), `${stateDir}\n`, { mode: 0o600 });
  return undefined;
}
