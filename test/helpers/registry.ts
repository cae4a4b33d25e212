import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { packImage } from '../../src/kubelet/images/pack.ts';

/** A registry on 127.0.0.1 that serves one image, to those who know the password: https://github.com/opencontainers/distribution-spec */
export interface TestRegistry {
  /** '127.0.0.1:5123' */
  readonly host: string;
  readonly username: 'tester';
  readonly password: 'secret';
  /** Requests without or with a wrong password. */
  refused: number;
  /** Answers 503 while true. */
  broken: boolean;
  close(): void;
}

async function blobsOf(folder: string): Promise<{ readonly blobs: ReadonlyMap<string, Buffer>; readonly manifest: string }> {
  const scratch = mkdtempSync(join(tmpdir(), 'skiff-registry-'));
  try {
    const archive = join(scratch, 'image.tar');
    const file = createWriteStream(archive);
    await packImage(folder, 'any:1', file);
    await new Promise((resolve) => file.end(resolve));
    const blobs = new Map<string, Buffer>();
    let manifest = '';
    const entries = extract();
    createReadStream(archive).pipe(entries);
    for await (const entry of entries) {
      const content = await buffer(entry);
      const name = entry.header.name.replace(/^\.\//, '');
      if (name.startsWith('blobs/')) blobs.set(name.slice('blobs/'.length).replace('/', ':'), content);
      if (name === 'index.json') manifest = JSON.parse(content.toString()).manifests[0].digest;
    }
    return { blobs, manifest };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Serves the image made of a folder under every name and the tag v1. */
export async function startRegistry(folder: string): Promise<TestRegistry> {
  const { blobs, manifest } = await blobsOf(folder);
  const wanted = `Basic ${Buffer.from('tester:secret').toString('base64')}`;
  const server = createServer((request, response) => {
    const [, kind, reference] = /^\/v2\/.+\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
    if (registry.broken) return void response.writeHead(503).end();
    if (request.headers.authorization !== wanted) {
      registry.refused++;
      return void response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
    }
    if (kind === undefined) return void response.writeHead(request.url === '/v2/' ? 200 : 404).end();
    const digest = reference === 'v1' ? manifest : reference!;
    const content = blobs.get(digest);
    if (content === undefined) return void response.writeHead(404).end();
    const type = kind === 'manifests' ? 'application/vnd.oci.image.manifest.v1+json' : 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': content.length, 'Docker-Content-Digest': digest });
    response.end(request.method === 'HEAD' ? undefined : content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const registry: TestRegistry = {
    host: `127.0.0.1:${port}`,
    username: 'tester',
    password: 'secret',
    refused: 0,
    broken: false,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return registry;
}
