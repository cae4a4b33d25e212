import assert from 'node:assert/strict';
import { parseJson } from '../../../src/api/json.ts';
import { jsonFault } from '../../../src/api/json-syntax.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

export const target: Target = {
  samples: () => [
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', labels: { a: 'b' } },
      spec: { containers: [{ name: 'c', n: 1 }] },
    }),
    '{"a":1,"a":2,"b":{"c":[{"d":1,"d":2}]},"__proto__":{"x":1}}',
    '[1.5e3,-0,12345678901234567890,0.1E-7,"\\u00e9\\ud83d\\ude00\\ud800","\\"\\\\\\/\\b\\f\\n\\r\\t",true,false,null,{},[]]',
    ' "x" ',
  ],
  words: [
    '{"a":',
    '[',
    '{',
    '}',
    ']',
    '"',
    '\\"',
    '\\u',
    '\\ud800',
    ',',
    ':',
    'null',
    '"a":1,',
    '{}',
    '[]',
    '1e5',
    '-',
    '.5',
    '1.0',
    '\\\\',
  ],
  check(input) {
    for (const keepNumbers of [false, true]) {
      const parsed = allow(() => parseJson(input, { findDuplicates: true, keepNumbers }), SyntaxError);
      if (parsed !== undefined) assert.equal(jsonFault(textOf(input)), undefined);
      else if (textOf(input).length < 400) assert.notEqual(jsonFault(textOf(input)), undefined);
    }
  },
};
