import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyKind } from '../../api/kind.ts';
import { Deployment } from '../../kinds/apps/deployment.ts';
import { ConfigMap } from '../../kinds/core/config-map.ts';
import { checkTypes } from './policy-types.ts';

const kinds: readonly AnyKind[] = [Deployment, ConfigMap];
const rule = (group: string, resources: string[]) => ({ apiGroups: [group], apiVersions: ['v1'], operations: ['CREATE'], resources });
const warningsOf = (spec: object) => checkTypes({ spec } as never, kinds);
const deployments = { resourceRules: [rule('apps', ['deployments'])] };

test('expressions that fit, and those that no type is known for, are fine', () => {
  const validations = [
    { expression: 'object.spec.replicas > 1 && object.metadata.name != ""', messageExpression: '"n " + object.metadata.name' },
  ];
  assert.deepEqual(warningsOf({ matchConstraints: deployments, validations }), []);
  const odd = [{ expression: 'object.zork > 1' }];
  assert.deepEqual(warningsOf({ matchConstraints: { resourceRules: [rule('*', ['*'])] }, validations: odd }), []);
  assert.deepEqual(warningsOf({ matchConstraints: { resourceRules: [rule('g.io', ['zorks'])] }, validations: odd }), []);
});

test('what does not fit is told with its place, for each type', () => {
  const validations = [{ expression: 'true' }, { expression: 'object.spec.replicas > "1"' }];
  const [warning, ...others] = warningsOf({ matchConstraints: deployments, validations });
  assert.deepEqual(others, []);
  assert.equal(warning!.fieldRef, 'spec.validations[1].expression');
  assert.equal(
    warning!.warning,
    "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'\n" +
      ' | object.spec.replicas > "1"\n | .....................^\n',
  );
  const [field] = warningsOf({ matchConstraints: deployments, validations: [{ expression: 'true', messageExpression: 'object.zork' }] });
  assert.equal(field!.fieldRef, 'spec.validations[0].messageExpression');
  assert.match(field!.warning, /^apps\/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'zork'/);
});

test('variables and parameters have types, too', () => {
  const variables = [{ name: 'count', expression: 'object.spec.replicas' }];
  const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
  const [variable, params, ...others] = warningsOf({
    paramKind,
    matchConstraints: deployments,
    variables,
    validations: [
      { expression: 'variables.count == "x"' },
      { expression: 'params.zork == "x"' },
      { expression: 'params.data["a"] == "b"' },
    ],
  });
  assert.match(variable!.warning, /found no matching overload for '_==_' applied to '\(int, string\)'/);
  assert.match(params!.warning, /undefined field 'zork'/);
  assert.deepEqual(others, []);
});
