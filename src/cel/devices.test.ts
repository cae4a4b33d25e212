import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Device, compileDeviceSelector, selectsDevice } from './devices.ts';

const device: Device = {
  driver: 'dra.example.com',
  attributes: { cores: { int: 7 }, on: { bool: true }, 'other.io/model': { string: 'model-x' }, fw: { version: '1.2.3' } },
  capacity: { memory: { value: '16Gi' }, 'other.io/slots': { value: '3' } },
};
/** What k8s.io/dynamic-resource-allocation 0.36.3 says: the estimated cost, whether the device is selected or why not, and the cost. */
const table: readonly (readonly [string, number, boolean | string, number])[] = [
  ['true', 0, true, 0],
  ["device.driver == 'dra.example.com'", 4, true, 4],
  ["device.attributes['dra.example.com'].cores > 5", 5, true, 5],
  [
    "device.attributes['dra.example.com'].cores",
    4,
    "CEL result of type int could not be converted to bool: unsupported type conversion from 'int' to bool",
    4,
  ],
  ["device.attributes['dra.example.com'].on", 4, true, 4],
  ["device.attributes['other.io'].model == 'model-x'", 5, true, 5],
  [
    "device.attributes['other.io'].model",
    4,
    "CEL result of type string could not be converted to bool: unsupported native conversion from string to 'bool'",
    4,
  ],
  ["device.attributes['nope.io'].model == 'a'", 5, 'no such key: model', 5],
  ["has(device.attributes['nope.io'].model)", 3, false, 3],
  ["has(device.attributes['other.io'].model)", 3, true, 3],
  ["'nope.io' in device.attributes", 3, false, 3],
  ["'other.io' in device.attributes", 3, true, 3],
  ["device.attributes['dra.example.com'].fw.isGreaterThan(semver('1.0.0'))", 6, true, 6],
  ["device.attributes['dra.example.com'].fw == semver('1.2.3')", 12, true, 6],
  [
    "device.attributes['dra.example.com'].fw",
    4,
    "CEL result of type kubernetes.Semver could not be converted to bool: type conversion error from 'Semver' to 'bool'",
    4,
  ],
  ["device.capacity['dra.example.com'].memory.compareTo(quantity('8Gi')) >= 0", 7, true, 7],
  ["device.capacity['dra.example.com'].memory.isGreaterThan(quantity('32Gi'))", 6, false, 6],
  ["device.capacity['other.io'].slots.asInteger() == 3", 6, true, 6],
  ["cel.bind(a, device.attributes['dra.example.com'], a.on && a.cores == 7)", 18, true, 8],
  ['device.allowMultipleAllocations', 2, false, 2],
  ['device.attributes.all(d, device.attributes[d].size() > 0)', 291, true, 19],
  ["device.attributes.exists(d, d == 'other.io')", 195, true, 15],
  ['size(device.attributes) == 2', 4, true, 4],
  ["device.attributes['other.io'].model.matches('^model-.*$')", 25, true, 7],
  ["device.attributes['other.io'].model.contains('x') && device.driver.endsWith('.com')", 14, true, 9],
  ["device.attributes['other.io'][?'model'].orValue('') == 'model-x'", 6, true, 5],
  ["device.attributes[?'nope.io'].hasValue()", 4, true, 4],
  ['device.attributes == device.attributes', 8, true, 5],
  ["device.attributes['other.io'].model + 'y' == 'model-xy'", 12, true, 6],
  ["device.attributes['dra.example.com'].cores + 1 == 8", 6, true, 6],
  ["device.attributes['dra.example.com'].cores < 'a'", 5, 'no such overload', 5],
  ["device.attributes['other.io'].model.lowerAscii() == 'model-x'", 12, true, 6],
];
test('devices are selected as upstream does', () => {
  for (const [expression, most, outcome, cost] of table) {
    const { program, maxCost, error } = compileDeviceSelector(expression) as ReturnType<typeof compileDeviceSelector> & { maxCost: number };
    assert.equal(error, undefined, expression);
    const result = selectsDevice(program!, device);
    assert.deepEqual([maxCost, 'selected' in result ? result.selected : result.error, result.cost], [most, outcome, cost], expression);
  }
});
test('what is no selector is refused in the words of upstream', () => {
  const errors: Readonly<Record<string, string>> = {
    'size(device.attributes)': 'must evaluate to bool or the unknown type, not int',
    "int('x') == 1": "program instantiation failed: type conversion error from 'string' to 'int'",
    'device.foo': "compilation failed: ERROR: <input>:1:7: undefined field 'foo'\n | device.foo\n | ......^",
  };
  for (const [expression, error] of Object.entries(errors)) assert.equal(compileDeviceSelector(expression).error, error);
});
