import { createWriteStream, existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import type { Backend, Finding } from '../cli/backend.ts';
import { UserError } from '../cli/command.ts';
import { createImageStore } from '../kubelet/images/image-store.ts';
import { packImage } from '../kubelet/images/pack.ts';
import { socketOf } from '../kubelet/host/containerd-config.ts';
import { findProgram, isHybridCgroup, missingPackages } from '../kubelet/host/machine.ts';
import { ownerOf } from '../kubelet/host/owner.ts';
import { runProgram } from '../base/program.node.ts';
import { removeRuleset } from '../proxy/ruleset.ts';
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

  async inspectMachine(stateDir) {
    const findings: Finding[] = [];
    const add = (good: boolean, what: string, level: Finding['level'], bad: string, advice: string) =>
      findings.push(good ? { level: 'ok', what } : { level, what: bad, advice });
    const missing = missingPackages();
    add(process.getuid?.() === 0, 'runs as root', 'warning', 'not running as root', 'a local node needs root; simulated nodes do not');
    add(
      missing.length === 0,
      'the packages of a node are installed',
      'error',
      `packages are missing: ${missing.join(' ')}`,
      `apt-get install ${missing.join(' ')}`,
    );
    add(!isHybridCgroup(), 'cgroups are of one version', 'warning', 'cgroup v1 and v2 are mixed', 'nodes work, by the rules of cgroup v1');
    const forwards = (await runProgram('sysctl', ['-n', 'net.ipv4.ip_forward']).catch(() => '')).trim() === '1';
    add(forwards, 'packets are forwarded', 'warning', 'net.ipv4.ip_forward is 0', '"skiff up" sets it; something may have set it back');
    const free = Number(
      /(\d+)%/.exec(
        (await runProgram('df', ['--output=pcent', existsSync(stateDir) ? stateDir : '/']).catch(() => '')).split('\n')[1] ?? '',
      )?.[1] ?? 0,
    );
    add(free < 95, 'the disk has room', 'error', `the disk is ${free} % full`, `make room on the file system of ${stateDir}`);
    add(
      existsSync(socketOf(runDir)),
      'containerd runs',
      'warning',
      'containerd of the node does not run',
      `"skiff up" starts it; its log is ${join(stateDir, 'containerd/containerd.log')}`,
    );
    return findings;
  },

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
