import { labelRequirements, parseFieldSelector, parseLabelSelector } from '../../../src/api/selector.ts';
import { StatusError } from '../../../src/api/status.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

export const target: Target = {
  samples: () => [
    'a=b,c!=d,e,!f,g in (h,i),j notin (k),l>5,m<6',
    'app.kubernetes.io/name == web , tier in (front, back, )',
    'metadata.name=a,spec.nodeName!=b\\,c\\=d\\\\,status.phase==Running',
    '',
  ],
  words: [' in ', ' notin ', '(', ')', ',', '=', '==', '!=', '!', '>', '<', '\\,', '\\=', '\\', '/', 'a', 'exists', '=,', ' '],
  check(input) {
    const text = textOf(input);
    const matcher = allow(() => parseLabelSelector(text), StatusError);
    matcher?.matches({ a: 'b', g: 'h', l: '7', __proto__: 'x' });
    matcher?.matches({});
    allow(() => labelRequirements(text), StatusError);
    allow(() => parseFieldSelector(text), StatusError);
  },
};
