import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { busyboxEntries } from './busybox.ts';
import { imageFileNames, readImageFile } from './image-file.ts';
import { addEntry, type Blob, blobPath, digestOf, layerType, layoutEntries, tarOf } from './oci.ts';
import { normalizeReference } from './reference.ts';

const epoch = new Date(0);

/**
 * Writes an OCI archive of an image whose root filesystem is the folder, over the base that its `image.yaml` names.
 * Nothing is fetched; the same folder gives the same bytes. Gives the image's full name. Links are kept as they are;
 * devices, sockets and pipes are refused.
 */
export async function packImage(folder: string, reference: string, output: Writable): Promise<string> {
  const name = normalizeReference(reference);
  if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is not a folder`);
  const { base, config } = await readImageFile(folder);
  const scratch = await mkdtemp(join(tmpdir(), 'skiff-image-'));
  try {
    const layerPath = join(scratch, 'layer.tar');
    const baseLayer = base === 'busybox' ? await tarOf(await busyboxEntries()) : undefined;
    const baseBlob = baseLayer && { digest: digestOf(baseLayer), size: baseLayer.length, mediaType: layerType };
    const layer = await writeLayer(folder, layerPath);
    const archive = pack();
    const written = pipeline(archive, output);
    const fill = async () => {
      for (const entry of layoutEntries(name, config, [...(baseBlob ? [baseBlob] : []), layer])) addEntry(archive, entry);
      if (baseLayer && baseBlob) addEntry(archive, { name: blobPath(baseBlob.digest), mode: 0o644, type: 'file', content: baseLayer });
      await addFile(archive, blobPath(layer.digest), layerPath, 0o644, layer.size);
      archive.finalize();
    };
    await Promise.all([written, fill()]);
    return name;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function writeLayer(folder: string, path: string): Promise<Blob> {
  const archive = pack();
  const hash = createHash('sha256');
  let size = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  const written = pipeline(archive, measure, createWriteStream(path));
  const fill = async () => {
    await addFolder(archive, folder, '');
    archive.finalize();
  };
  await Promise.all([written, fill()]);
  return { digest: `sha256:${hash.digest('hex')}`, size, mediaType: layerType };
}

async function addFolder(archive: Pack, folder: string, prefix: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const name = prefix + entry.name;
    const path = join(folder, entry.name);
    if (prefix === '' && (imageFileNames as readonly string[]).includes(entry.name)) continue;
    if (entry.isDirectory()) {
      addEntry(archive, { name: `${name}/`, mode: 0o755, type: 'directory' });
      await addFolder(archive, path, `${name}/`);
    } else if (entry.isSymbolicLink()) addEntry(archive, { name, mode: 0o777, type: 'symlink', linkname: await readlink(path) });
    else if (entry.isFile()) {
      const { mode, size } = await stat(path);
      await addFile(archive, name, path, (mode & 0o111) !== 0 ? 0o755 : 0o644, size);
    } else throw new Error(`${path}: only files, folders and links can be in an image`);
  }
}

async function addFile(archive: Pack, name: string, path: string, mode: number, size: number): Promise<void> {
  const done = Promise.withResolvers<void>();
  const entry = archive.entry({ name, mode, type: 'file', uid: 0, gid: 0, mtime: epoch, size }, (error) =>
    error ? done.reject(error) : done.resolve(),
  );
  await pipeline(createReadStream(path), entry as unknown as Writable);
  await done.promise;
}
