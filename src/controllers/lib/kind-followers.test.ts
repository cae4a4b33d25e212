import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnyKind, defineKind } from '../../api/kind.ts';
import type { Informer, InformerFactory, InformerHandler } from '../../client/informer.ts';
import { KindFollowers } from './kind-followers.ts';

const kindOf = (kind: string, plural: string) =>
  defineKind({ group: 'g.io', version: 'v1', kind, plural, scope: 'Namespaced', openApiName: kind, fields: {} });

/** Informers that never show anything: who reads them is written down. */
function pretended() {
  const seen: string[] = [];
  const informers = new Map<string, Informer>();
  const factory: InformerFactory = {
    of(kind: AnyKind) {
      const present = informers.get(kind.kind);
      if (present !== undefined) return present as never;
      const subscribe = (_: InformerHandler) => {
        seen.push(`+${kind.plural}`);
        return () => void seen.push(`-${kind.plural}`);
      };
      const made = { kind, subscribe, synced: Promise.resolve() } as unknown as Informer;
      informers.set(kind.kind, made);
      return made as never;
    },
    end(informer) {
      seen.push(`end ${informer.kind.plural}`);
      if (informers.get(informer.kind.kind) === informer) informers.delete(informer.kind.kind);
    },
    synced: async () => undefined,
  };
  return { seen, factory };
}

test('kinds are followed while they are served, under the name that they have now', () => {
  const { seen, factory } = pretended();
  const followers = new KindFollowers(factory, () => ({}));
  const step = (...kinds: AnyKind[]) => {
    followers.update(kinds);
    return seen.splice(0);
  };
  const thing = kindOf('Thing', 'things');
  assert.deepEqual(step(thing, kindOf('Box', 'boxes')), ['+things', '+boxes']);
  assert.deepEqual(step(kindOf('Thing', 'things')), ['-boxes', 'end boxes']);
  assert.deepEqual(step(kindOf('Thing', 'thingies')), ['-things', 'end things', '+thingies']);
  followers.close();
  assert.deepEqual(seen.splice(0), ['-thingies']);
});

test('an informer that another reader has ended is left for the next one', () => {
  const { seen, factory } = pretended();
  const thing = kindOf('Thing', 'things');
  const [mine, theirs] = [new KindFollowers(factory, () => ({})), new KindFollowers(factory, () => ({}))];
  for (const one of [mine, theirs]) one.update([thing]);
  mine.update([]);
  mine.update([thing]);
  seen.splice(0);
  theirs.update([thing]);
  assert.deepEqual(seen, ['-things', '+things']);
});
