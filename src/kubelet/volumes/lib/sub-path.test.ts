import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Mounter } from '../../mounter.ts';
import { bindSubPath } from './sub-path.ts';

/** A root of its own, as another mount namespace would be; binding is linking. */
function fixture(prefixed: boolean) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'skiff-sub-path-')));
  const targets = join(root, 'targets');
  const prefix = prefixed ? root : '';
  const bound: [string, string][] = [];
  const mounts = {
    isMounted: async () => false,
    unmount: async (path: string) => unlinkSync(path),
    bind: async (source: string, target: string) => {
      bound.push([source, target]);
      mkdirSync(join(`${prefix}${target}`, '..'), { recursive: true });
      if (existsSync(`${prefix}${target}`)) rmdirSync(`${prefix}${target}`);
      symlinkSync(`${prefix}${source}`, `${prefix}${target}`);
    },
    pathPrefix: () => prefix,
  } as unknown as Mounter;
  const volume = prefixed ? '/volume' : join(root, 'volume');
  mkdirSync(join(root, 'volume'));
  const bind = (subPath: string, target = 'one') => bindSubPath(mounts, volume, subPath, join(targets, target));
  return { root, volume, bound, bind, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

for (const prefixed of [false, true]) {
  test(`a part of a volume is found ${prefixed ? 'in another mount namespace' : 'here'}`, async () => {
    using it = fixture(prefixed);
    mkdirSync(join(it.root, 'volume/real/deep'), { recursive: true });
    symlinkSync('real', join(it.root, 'volume/link'));
    await it.bind('link/deep');
    await it.bind('new/folders', 'two');
    assert.deepEqual(
      it.bound.map(([source]) => source),
      [join(it.volume, 'real/deep'), join(it.volume, 'new/folders')],
    );
    assert.ok(existsSync(join(it.root, 'volume/new/folders')));
  });

  test(`links that lead out of a volume are refused ${prefixed ? 'in another mount namespace' : 'here'}`, async () => {
    using it = fixture(prefixed);
    mkdirSync(join(it.root, 'outside'));
    symlinkSync('../outside', join(it.root, 'volume/relative'));
    symlinkSync(prefixed ? '/outside' : join(it.root, 'outside'), join(it.root, 'volume/absolute'));
    symlinkSync('self', join(it.root, 'volume/self'));
    await assert.rejects(it.bind('relative'), /is outside of the volume/);
    await assert.rejects(it.bind('absolute/more'), /is outside of the volume/);
    await assert.rejects(it.bind('self'), /too many links/);
    await assert.rejects(it.bind('../outside'), /must be a relative path without/);
    assert.deepEqual(it.bound, []);
  });
}
