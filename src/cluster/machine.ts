import { createWriteStream, existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import type { Backend } from '../cli/backend.ts';
import { UserError } from '../cli/command.ts';
import { createImageStore } from '../kubelet/images/image-store.ts';
import { packImage } from '../kubelet/images/pack.ts';
import { socketOf } from '../kubelet/host/containerd-config.ts';
import { findProgram, missingPackages } from '../kubelet/host/machine.ts';
import { lastOwnerOf, ownerOf } from '../kubelet/host/owner.ts';
import { runProgram } from '../base/program.node.ts';
import { removeRuleset } from '../proxy/ruleset.ts';
import { inspectMachine } from './inspect.ts';
import { localContainerd, runDir } from './local-node.ts';
import { network } from './network.ts';

/** What commands do on the machine itself, without a running cluster. */
export type MachineBackend = Omit<Backend, 'runCluster'>;

function images() {
  const socketPath = socketOf(runDir);
  if (!existsSync(socketPath)) throw new UserError('images are kept by a local node, and none runs. Start one with "skiff up".');
  return createImageStore({ socketPath, clock: systemClock, log: silentLogger });
}

export const machineBackend: MachineBackend = {
  missingPackages: async () => missingPackages(),

  nodeOwner: async () => lastOwnerOf(runDir),

  async tearDownNode(stateDir, purge, onProgress) {
    const step = async (text: string, work: () => Promise<unknown>) => {
      onProgress({ step: text, done: false });
      await work();
      onProgress({ step: text, done: true });
    };
    const owner = ownerOf(runDir);
    if (owner !== undefined && owner !== stateDir) {
      if (purge) await rm(join(stateDir, 'containerd'), { recursive: true, force: true });
      return;
    }
    await step('Removing containers and their network', () => localContainerd(stateDir, systemClock, silentLogger).stopAll({ purge }));
    await step('Removing service rules and mounts', async () => {
      if (findProgram('nft') !== undefined)
        await runProgram('nft', ['-f', '-'], { input: removeRuleset(network.table) }).catch(() => undefined);
      await runProgram('sh', ['-c', `rm -rf /var/log/pods /var/log/containers "$1"`, 'sh', join(stateDir, 'kubelet')]);
    });
  },

  inspectMachine,

  async packImage(folder, reference, _stateDir, output) {
    if (!(await stat(folder).catch(() => undefined))?.isDirectory()) throw new UserError(`${folder} is not a folder`);
    if (output !== undefined) {
      const file = createWriteStream(output);
      const name = await packImage(folder, reference, file);
      if (!file.closed) await finished(file.end());
      return { reference: name, sizeBytes: (await stat(output)).size };
    }
    const store = images();
    const name = await store.pack(folder, reference);
    const packed = (await store.list()).find((image) => image.repoTags.includes(name));
    return { reference: name, sizeBytes: packed?.sizeBytes ?? 0 };
  },

  async loadImage(archive) {
    if (!existsSync(archive)) throw new UserError(`there is no file ${archive}`);
    return await images().load(archive);
  },

  async listImages() {
    return (await images().list())
      .flatMap((image) => image.repoTags.map((reference) => ({ reference, id: image.id, sizeBytes: image.sizeBytes })))
      .sort((a, b) => (a.reference < b.reference ? -1 : 1));
  },
};
