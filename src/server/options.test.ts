import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteOptions, parseOptions, parseQuery } from './options.ts';

const refused = (code: number, message: RegExp) => (error: any) => {
  assert.equal(error.code, code);
  assert.match(error.message, message);
  return true;
};

test('a verb reads the options that it knows, and no others', () => {
  assert.deepEqual(parseOptions('get', parseQuery('resourceVersion=5&limit=x&dryRun=x')), { resourceVersion: '5' });
  assert.deepEqual(parseOptions('list', parseQuery('limit=2&labelSelector=a&fieldManager=m')), { limit: 2, labelSelector: 'a' });
  assert.deepEqual(parseOptions('create', parseQuery('limit=x&dryRun=All&fieldManager=m')), { dryRun: true, fieldManager: 'm' });
  for (const query of ['limit=', 'timeoutSeconds=&limit=x'])
    assert.throws(() => parseOptions('list', parseQuery(query)), refused(400, /^strconv\.ParseInt: parsing "": invalid syntax$/));
  assert.throws(
    () => parseOptions('create', parseQuery('dryRun=')),
    refused(422, /dryRun: Unsupported value: \[""\]: supported values: "All"$/),
  );
  assert.throws(() => parseOptions('list', parseQuery('limit=1.5')), refused(400, /^strconv\.ParseInt: parsing "1\.5": invalid syntax$/));
  assert.throws(() => parseOptions('list', parseQuery('limit=99999999999999999999')), refused(400, /value out of range$/));
  const odd = refused(
    422,
    /^PatchOptions\.meta\.k8s\.io "" is invalid: \[fieldManager: .*U\+000A \(at position 1\), fieldValidation: .*"", "Ignore", "Strict", "Warn"\]$/,
  );
  assert.throws(() => parseOptions('patch', parseQuery('fieldManager=a%0Ab&fieldValidation=x')), odd);
});

test('what is no parameter is left out of a query', () => {
  assert.deepEqual({ ...parseQuery('a=%zz&b=1;c=2&d=%41+%ff&%=1&e') }, { d: ['A \ufffd'], e: [''] });
});

test('a body stands for all options of a delete', () => {
  const query = parseQuery('gracePeriodSeconds=x&dryRun=All');
  assert.deepEqual(deleteOptions({}, { gracePeriodSeconds: 3 }, query), { gracePeriodSeconds: 3 });
  assert.throws(() => deleteOptions({}, undefined, query), refused(400, /invalid syntax/));
  assert.deepEqual(deleteOptions({}, undefined, parseQuery('orphanDependents=true')), { propagationPolicy: 'Orphan' });
  const both = refused(422, /propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set$/);
  assert.throws(() => deleteOptions({}, undefined, parseQuery('orphanDependents=0&propagationPolicy=Orphan')), both);
  assert.deepEqual(deleteOptions({}, undefined, parseQuery('uid=a&resourceVersion=5')), {
    preconditions: { uid: 'a', resourceVersion: '5' },
  });
  assert.deepEqual(deleteOptions({}, undefined, parseQuery('uid=&x=')), {});
  assert.throws(() => deleteOptions({}, undefined, parseQuery('gracePeriodSeconds=')), refused(400, /parsing "": invalid syntax/));
});
test('a body of a delete is of options, or it is told what it is instead', () => {
  const refusal = (body: object) => {
    try {
      deleteOptions({}, body, {});
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.equal(refusal({ apiVersion: 'v1', kind: 'DeleteOptions' }), '');
  assert.equal(refusal({ apiVersion: 'v1', kind: 'Status' }), 'converting (v1.Status) to (v1.DeleteOptions): unknown conversion');
  assert.equal(refusal({ kind: 'ListOptions' }), 'converting (v1.ListOptions) to (v1.DeleteOptions): unknown conversion');
  assert.equal(refusal({ apiVersion: 'a/b/c', kind: 'DeleteOptions' }), 'unexpected GroupVersion string: a/b/c');
  assert.match(refusal({ dryRun: 'x', preconditions: 'x' }), /Go struct field DeleteOptions\.dryRun of type \[\]string$/);
  assert.match(refusal({ preconditions: 'x', dryRun: 'x' }), /Go struct field DeleteOptions\.preconditions of type /);
  assert.match(refusal({ kind: 'ConfigMap' }), /^no kind "ConfigMap" is registered for version "meta.k8s.io\/v1"/);
});
