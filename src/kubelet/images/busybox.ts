import { readFile } from 'node:fs/promises';
import { findProgram } from '../host/machine.ts';
import { runProgram } from '../../base/program.node.ts';
import { isDynamic } from './elf.ts';
import type { Entry } from './oci.ts';

const users = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\napp:x:1000:1000:app:/home/app:/bin/sh\n';
const groups = 'root:x:0:\nnogroup:x:65534:\napp:x:1000:\n';

/** A root filesystem with a shell and the usual tools, made of this machine's static busybox. */
export async function busyboxEntries(): Promise<readonly Entry[]> {
  const path = findProgram('busybox');
  const program = path === undefined ? undefined : await readFile(path);
  if (path === undefined || program === undefined || isDynamic(program)) {
    throw new Error('base "busybox" needs a static busybox on this machine: apt-get install busybox-static');
  }
  const applets = (await runProgram(path, ['--list'])).split('\n').filter((name) => name !== '' && name !== 'busybox');
  const directory = (name: string, mode = 0o755): Entry => ({ name, mode, type: 'directory' });
  const file = (name: string, content: Uint8Array, mode = 0o644): Entry => ({ name, mode, type: 'file', content });
  return [
    directory('bin/'),
    file('bin/busybox', program, 0o755),
    ...applets.sort().map((name): Entry => ({ name: `bin/${name}`, mode: 0o777, type: 'symlink', linkname: 'busybox' })),
    directory('etc/'),
    file('etc/group', Buffer.from(groups)),
    file('etc/passwd', Buffer.from(users)),
    directory('home/'),
    directory('home/app/'),
    directory('root/', 0o700),
    directory('tmp/', 0o1777),
    { name: 'usr/', mode: 0o755, type: 'directory' },
    { name: 'usr/bin', mode: 0o777, type: 'symlink', linkname: '../bin' },
    directory('var/'),
    directory('var/log/'),
  ];
}
