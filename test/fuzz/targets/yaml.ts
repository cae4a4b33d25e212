import { YAMLException as YamlError } from 'js-yaml';
import { formatYaml, parseYaml, parseYamlBody } from '../../../src/base/yaml.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

export const target: Target = {
  samples: () => [
    formatYaml({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', labels: { b: 'c' } },
      data: { text: 'one\ntwo\n', 'a: b': ' x ' },
    }),
    formatYaml([1, 1.5, true, null, 'no', '0x10', '1e3', [], {}, [{ a: [1] }]]),
    'a: &x [1, 2]\nb: *x\nc:\n  <<: {d: 1}\n  e: !!binary aGk=\n---\nf: |-\n  text\n   more\n...\n',
    'a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c]\n',
    '? {complex: key}\n: value\n? [x]\n: {y: "\\u263a \\x41", \'z\': >+\n  folded\n\n}\n# comment\n%YAML 1.2\n',
    '{"json": ["is", {"yaml": 1}], "duplicate": 1, "duplicate": 2}',
    '- 2001-12-14t21:59:43.10-05:00\n- 190:20:30\n- 0b1010_0111\n- .inf\n- !!set {a}\n- !custom x\n- ~\n- 0o17\n',
  ],
  words: [
    ...[
      '- ',
      ': ',
      '? ',
      '&a ',
      '*a',
      '<<: ',
      '!!',
      '!!binary ',
      '!!map ',
      '!!seq ',
      '!!str ',
      '!!int ',
      '!!float ',
      '!!merge ',
      '!x!y ',
      '--- ',
      '...\n',
    ],
    ...[
      '|\n',
      '>-\n ',
      '|2+\n',
      '%YAML 1.1\n',
      '%TAG ! tag:x,2000:\n',
      '{',
      '[',
      '"\\x',
      '\\U0010ffff',
      '\n  ',
      '\n\t',
      '# ',
      '*a,',
      '<<: *a\n',
      '.nan',
      '1_000',
    ],
  ],
  check(input) {
    const text = textOf(input);
    allow(() => parseYamlBody(text), Error);
    allow(() => parseYaml(text), Error, YamlError);
  },
};
