import assert from 'node:assert/strict';
import { test } from 'node:test';
import { made } from '../../kinds/lib/testing.ts';
import { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { Secret } from '../../kinds/core/secret.ts';
import { VolumeAttributesClass } from '../../kinds/storage/volume-attributes-class.ts';
import type { AnyKind } from '../../api/kind.ts';
import { validateUpdate } from './validation.ts';

const fields = (kind: AnyKind, now: object, old: object) =>
  validateUpdate(kind, made(kind, { ...now }), made(kind, { ...old }), '', () => undefined).map(({ path }) => path);

test('a generated name is looked at where upstream looks at the whole object again', () => {
  const metadata = { generateName: 'A_' };
  assert.deepEqual(fields(Secret, { metadata, type: 'a', data: { '/': '' } }, { type: 'b' }), ['type', 'metadata.generateName', 'data[/]']);
  assert.deepEqual(
    fields(VolumeAttributesClass, { metadata, driverName: 'a', parameters: {} }, { driverName: 'b', parameters: { a: 'b' } }),
    ['driverName', 'parameters', 'metadata.generateName', 'parameters'],
  );
  const claim = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } } };
  assert.deepEqual(fields(PersistentVolumeClaim, { metadata, ...claim, spec: {} }, claim).slice(0, 2), [
    'metadata.generateName',
    'spec.accessModes',
  ]);
});
