import { createHash } from 'node:crypto';
import type { Pack } from 'tar-stream';
import { pack } from 'tar-stream';

/** A file of an archive, written the same way every time: no owner, no time. */
export interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly content?: Uint8Array;
  readonly linkname?: string;
}
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
}
export interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}
const epoch = new Date(0);
export const layerType = 'application/vnd.oci.image.layer.v1.tar';

export const digestOf = (content: Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
export const blobPath = (digest: string) => `blobs/${digest.replace(':', '/')}`;

export function addEntry(archive: Pack, entry: Entry): void {
  const header = { name: entry.name, mode: entry.mode, type: entry.type, uid: 0, gid: 0, mtime: epoch };
  if (entry.type === 'symlink') archive.entry({ ...header, linkname: entry.linkname ?? '' });
  else if (entry.type === 'directory') archive.entry(header);
  else archive.entry(header, Buffer.from(entry.content ?? []));
}

/** A tar of a few small entries, in memory. */
export async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  const collected = (async () => {
    for await (const chunk of archive) chunks.push(chunk as Buffer);
  })();
  for (const entry of entries) addEntry(archive, entry);
  archive.finalize();
  await collected;
  return Buffer.concat(chunks);
}

/**
 * The documents of an OCI image layout around finished layers (opencontainers/image-spec, image-layout.md): everything
 * of the archive but the layers' blobs. `reference` is what the image will be called.
 */
export function layoutEntries(reference: string, config: ImageConfig, layers: readonly Blob[]): readonly Entry[] {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  const file = (name: string, content: Uint8Array): Entry => ({ name, mode: 0o644, type: 'file', content });
  const document = (mediaType: string, content: Uint8Array): Blob => ({ mediaType, digest: digestOf(content), size: content.length });
  const configBytes = json({
    architecture,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map(() => ({ created: epoch.toISOString(), created_by: 'skiff image pack' })),
    created: epoch.toISOString(),
  });
  const configBlob = document('application/vnd.oci.image.config.v1+json', configBytes);
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = json({ schemaVersion: 2, mediaType: manifestType, config: configBlob, layers });
  const manifestBlob = {
    ...document(manifestType, manifest),
    platform: { architecture, os: 'linux' },
    annotations: { 'io.containerd.image.name': reference, 'org.opencontainers.image.ref.name': reference.split(':').at(-1) },
  };
  return [
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', json({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [manifestBlob] })),
    file(blobPath(configBlob.digest), configBytes),
    file(blobPath(manifestBlob.digest), manifest),
  ];
}
