import { readTrimmed } from '../../base/files.node.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPidFile } from './process.ts';

/**
 * A machine is the node of one cluster: bridge, service rules and cgroups have one name each, and a second cluster would take
 * the containers of the first for its own, and end them. The folder of sockets says whose they are.
 */
const fileIn = (runDir: string) => join(runDir, 'owner');

/** The state folder that a running containerd was configured from: it is given `<state folder>/containerd/containerd.toml`. */
function configuredFrom(pid: number | undefined): string | undefined {
  const words = pid === undefined ? [] : readTrimmed(`/proc/${pid}/cmdline`).split('\0');
  return /^(.+)\/containerd\/containerd\.toml$/.exec(words[words.indexOf('--config') + 1] ?? '')?.[1];
}

/** State folder of the cluster whose node runs on this machine; undefined when nothing of one runs. */
export function ownerOf(runDir: string): string | undefined {
  const [keeper, daemon] = ['keeper.pid', 'containerd.pid'].map((name) => readPidFile(join(runDir, name)));
  if (keeper === undefined && daemon === undefined) return undefined;
  return configuredFrom(daemon?.pid) ?? (readTrimmed(fileIn(runDir)) || undefined);
}

/** The same, also when nothing of its node runs any more and only its traces were left. */
export const lastOwnerOf = (runDir: string): string | undefined => ownerOf(runDir) ?? (readTrimmed(fileIn(runDir)) || undefined);

/** Makes this machine the node of the cluster in `stateDir`. Gives the state folder of another one that is in the way. */
export function claimMachine(runDir: string, stateDir: string): string | undefined {
  const owner = ownerOf(runDir);
  if (owner !== undefined && owner !== stateDir) return owner;
  mkdirSync(runDir, { recursive: true, mode: 0o711 });
  writeFileSync(fileIn(runDir), `${stateDir}\n`, { mode: 0o600 });
  return undefined;
}
