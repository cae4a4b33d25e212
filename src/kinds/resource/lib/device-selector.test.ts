import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileSelector, selects } from './device-selector.ts';

const driver = 'dra.example.com';
const attribute = (name: string) => `device.attributes["${driver}"].${name}`;
const capacity = (name: string) => `device.capacity["${driver}"].${name}`;

/** Expression, device, what it gives ('error: ' and a part of the text for failures), and the estimated cost, both as upstream's. */
const cases: readonly (readonly [string, object, boolean | string, number])[] = [
  ['true', {}, true, 0],
  [`device.driver == "${driver}"`, {}, true, 4],
  ['"other.example.com" in device.attributes', {}, false, 3],
  [`"${driver}" in device.attributes`, { attributes: { [`${driver}/a`]: { bool: true } } }, true, 3],
  [attribute('name'), { attributes: { name: { bool: true } } }, true, 4],
  [`cel.bind(dra, device.attributes["${driver}"], dra.name)`, { attributes: { name: { bool: true } } }, true, 15],
  ['device.attributes["other.example.com"].name', { attributes: { 'other.example.com/name': { bool: true } } }, true, 4],
  [`${attribute('version')}.isGreaterThan(semver("0.0.1"))`, { attributes: { version: { version: '1.0.0' } } }, true, 6],
  [`${capacity('memory')}.isGreaterThan(quantity("1Ki"))`, { capacity: { memory: { value: '1Mi' } } }, true, 6],
  [`!("memory" in device.capacity["${driver}"]) || ${capacity('memory')}.isGreaterThan(quantity("1Ki"))`, {}, true, 11],
  [`device.attributes.exists_one(x, x == "${driver}")`, { attributes: { a: { string: 'b' } } }, true, 164],
  [`device.attributes["${driver}"].exists_one(x, x == "services")`, { attributes: { services: { string: 'b' } } }, true, 133],
  [`${attribute('services')}.split("example").size() >= 2`, { attributes: { services: { string: 'an_example_' } } }, true, 19],
  [`${attribute('services')}.matches("[^a]?sym")`, { attributes: { services: { string: 'asymetric' } } }, true, 18],
  [`device.capacity["${driver}"].exists_one(x, x == "memory")`, { capacity: { memory: { value: '1Mi' } } }, true, 133],
  ['device.allowMultipleAllocations == false', {}, true, 3],
  ['device.allowMultipleAllocations == true', { allowMultipleAllocations: true }, true, 3],
  ['device.attributes["no-such-domain"].none.isGreaterThan(quantity("0"))', {}, 'error: no such key: none', 6],
  [attribute('broken'), { attributes: { broken: { version: '1' } } }, 'error: attribute broken: parse semantic version:', 4],
  [attribute('text'), { attributes: { text: { string: 'b' } } }, 'error: could not be converted to bool', 4],
];

test('selectors cost what upstream says, and choose as it does', () => {
  for (const [expression, device, expected, cost] of cases) {
    const { program, error } = compileSelector(expression, 'new');
    assert.equal(error, undefined, expression);
    assert.equal(program!.estimateCost().max, cost, expression);
    const look = () => selects(program!, driver, { name: 'd', ...device } as never);
    if (typeof expected === 'boolean') assert.equal(look(), expected, expression);
    else assert.throws(look, (found: Error) => found.message.includes(expected.slice('error: '.length)), expression);
  }
});

test('what is no selector is told as upstream tells it', () => {
  assert.equal(compileSelector('1', 'new').error, 'must evaluate to bool or the unknown type, not int');
  assert.match(compileSelector('?!', 'new').error!, /^compilation failed: ERROR: <input>:1:1: Syntax error/);
  assert.match(compileSelector('device.pool == ""', 'new').error!, /undefined field 'pool'/);
});

test('a selector that runs for too long fails', () => {
  const ten = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]';
  const nested = ['x', 'y', 'z', 'z2', 'z3', 'z4', 'z5'].reduceRight(
    (inner, name) => `${ten}.all(${name}, ${inner})`,
    "int('1'.find('[0-9]*')) < 100",
  );
  const { program } = compileSelector(nested, 'stored');
  assert.equal(program!.estimateCost().max, 85_555_551);
  assert.throws(() => selects(program!, driver, { name: 'd' }), /actual cost limit exceeded/);
});
