import { isObject } from '../../base/objects.ts';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { normalizeReference } from './reference.ts';

/** An archive's own list of what is in it, and what it will be called. */
export interface ArchiveContents {
  readonly names: readonly string[];
  /** The index to put in the archive's place, when its images have names only after normalising. */
  readonly index: object | undefined;
}

const largestDocumentBytes = 4 << 20;
const fullName = 'io.containerd.image.name';
const refName = 'org.opencontainers.image.ref.name';

async function openArchive(path: string): Promise<Readable> {
  const file = await open(path);
  const magic = Buffer.alloc(2);
  await file.read(magic, 0, 2, 0);
  await file.close();
  const source = createReadStream(path);
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return source;
  const unzip = createGunzip();
  source.on('error', (error) => unzip.destroy(error));
  return source.pipe(unzip);
}

/** Reads index.json and manifest.json of an archive; nothing of it is written anywhere. */
async function readDocuments(path: string): Promise<ReadonlyMap<string, unknown>> {
  const documents = new Map<string, unknown>();
  const entries = extract();
  const read = pipeline(await openArchive(path), entries);
  const collect = async () => {
    for await (const entry of entries) {
      const name = entry.header.name.replace(/^\.\//, '');
      if (name === 'index.json' || name === 'manifest.json') {
        if ((entry.header.size ?? 0) > largestDocumentBytes) throw new Error(`${name} is too large`);
        const chunks: Buffer[] = [];
        for await (const chunk of entry) chunks.push(chunk as Buffer);
        documents.set(name, JSON.parse(Buffer.concat(chunks).toString('utf8')));
      } else entry.resume();
    }
  };
  try {
    await Promise.all([read, collect()]);
  } catch (error) {
    throw new Error(`${path} is not an image archive: ${(error as Error).message}`);
  }
  return documents;
}

/** The entries of a list that holds objects; undefined where there is no list. */
function objectsOf(list: unknown, file: string): readonly Readonly<Record<string, unknown>>[] | undefined {
  if (!Array.isArray(list)) return undefined;
  if (!list.every(isObject)) throw new Error(`${file} of the archive lists what is no image`);
  return list;
}
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const tagsOf = ({ RepoTags: tags }: Readonly<Record<string, unknown>>): readonly string[] =>
  Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];

/**
 * What an archive of `docker save` or an OCI layout holds. `name` names the image when the archive does not, or anew when
 * it holds a single one. Throws when there is no image or no name.
 */
export function contentsOf(documents: ReadonlyMap<string, unknown>, name?: string): ArchiveContents {
  const index = documents.get('index.json');
  const listed = isObject(index) ? objectsOf(index.manifests, 'index.json') : undefined;
  const manifests = objectsOf(documents.get('manifest.json'), 'manifest.json') ?? [];
  if (listed !== undefined && listed.length > 0) {
    const renamed = listed.map((manifest, at) => {
      const annotations = isObject(manifest.annotations) ? manifest.annotations : {};
      const ref = textOf(annotations[refName]);
      const own =
        textOf(annotations[fullName]) ??
        (manifests[at] === undefined ? undefined : tagsOf(manifests[at])[0]) ??
        (ref !== undefined && /[/:]/.test(ref) ? ref : undefined);
      const chosen = listed.length === 1 ? (name ?? own) : own;
      if (chosen === undefined) throw new Error('the archive does not name its image; give a name with -t');
      return { ...manifest, annotations: { ...annotations, [fullName]: normalizeReference(chosen) } };
    });
    return { names: renamed.map(({ annotations }) => annotations[fullName]!), index: { ...(index as object), manifests: renamed } };
  }
  if (manifests.length === 0) throw new Error('the archive holds no image: neither index.json nor manifest.json');
  const named = manifests.length === 1 && name !== undefined ? [{ ...manifests[0], RepoTags: [name] }] : manifests;
  const names = named.flatMap(tagsOf).map(normalizeReference);
  if (names.length === 0) throw new Error('the archive does not name its image; give a name with -t');
  return { names, index: name === undefined ? undefined : named };
}

/** Opens an archive, plain or gzipped, as a tar stream whose images have full names; and those names. */
export async function readArchive(path: string, name?: string): Promise<{ readonly names: readonly string[]; readonly tar: Readable }> {
  const documents = await readDocuments(path);
  const { names, index } = contentsOf(documents, name);
  if (index === undefined) return { names, tar: await openArchive(path) };
  const replaced = Array.isArray(index) ? 'manifest.json' : 'index.json';
  const entries = extract();
  const output = pack();
  const source = await openArchive(path);
  const copy = async () => {
    for await (const entry of entries) {
      if (entry.header.name.replace(/^\.\//, '') === replaced) {
        entry.resume();
        const text = JSON.stringify(index);
        output.entry({ ...entry.header, size: Buffer.byteLength(text), pax: null }, text);
      } else await pipeline(entry, output.entry(entry.header) as unknown as NodeJS.WritableStream);
    }
    output.finalize();
  };
  Promise.all([pipeline(source, entries), copy()]).catch((error) => output.destroy(error as Error));
  return { names, tar: output as unknown as Readable };
}
