import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const largestErrorBytes = 8192;

/** Hands an OCI or docker archive to containerd, by the program that comes with it; images appear in CRI at once. */
export async function importArchive(socketPath: string, archive: Buffer | Readable): Promise<void> {
  const child = spawn('ctr', ['--address', socketPath, '--namespace', 'k8s.io', 'images', 'import', '-'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (errors.length < largestErrorBytes) errors += text;
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`the image could not be imported: ${errors.trim().slice(0, 2000)}`)),
    );
  });
  const source = Buffer.isBuffer(archive) ? Readable.from([archive]) : archive;
  const [sent, done] = await Promise.allSettled([pipeline(source, child.stdin), ended]);
  if (done.status === 'rejected') throw done.reason;
  // ctr may stop reading after the archive's end mark, before its padding
  if (sent.status === 'rejected' && (sent.reason as NodeJS.ErrnoException).code !== 'EPIPE') throw sent.reason;
}
