/** Semantic versions (apiserver/pkg/cel/library/semverlib.go, blang/semver for what counts as one). */
import type { Library } from '../api.ts';
import { goQuote } from '../../api/go-text.ts';
import { compareStrings } from '../strings.ts';
import * as t from '../types.ts';
import type { CelType } from '../types.ts';
import { CelError, type CelValue, OpaqueValue, orNoSuchOverload, toInt } from '../values.ts';
import { member, overload } from './overloads.ts';

export const semverType: CelType = t.object('kubernetes.Semver');
class VersionError extends Error {}
const fail = (message: string): never => {
  throw new VersionError(message);
};
const alphanumeric = /^[0-9A-Za-z-]*$/;
function number(text: string): bigint {
  if (text === '') fail('strconv.ParseUint: parsing "": invalid syntax');
  const value = BigInt(text);
  return value < 2n ** 64n ? value : fail(`strconv.ParseUint: parsing ${goQuote(text)}: value out of range`);
}
function part(text: string, name: string): bigint {
  if (!/^\d*$/.test(text)) fail(`Invalid character(s) found in ${name.toLowerCase()} number ${goQuote(text)}`);
  if (text.length > 1 && text.startsWith('0')) fail(`${name} number must not contain leading zeroes ${goQuote(text)}`);
  return number(text);
}
function prerelease(text: string): bigint | string {
  if (text === '') fail('Prerelease is empty');
  if (/^\d+$/.test(text)) {
    if (text.length > 1 && text.startsWith('0')) fail(`Numeric PreRelease version must not contain leading zeroes ${goQuote(text)}`);
    return number(text);
  }
  return alphanumeric.test(text) ? text : fail(`Invalid character(s) found in prerelease ${goQuote(text)}`);
}
function parse(text: string): SemverValue {
  if (text === '') fail('Version string empty');
  const [major, minor, ...more] = text.split('.');
  if (minor === undefined || more.length === 0) fail('No Major.Minor.Patch elements found');
  const first = part(major!, 'Major');
  const second = part(minor!, 'Minor');
  let patch = more.join('.');
  const plus = patch.indexOf('+');
  const build = plus < 0 ? [] : patch.slice(plus + 1).split('.');
  if (plus >= 0) patch = patch.slice(0, plus);
  const dash = patch.indexOf('-');
  const pre = dash < 0 ? [] : patch.slice(dash + 1).split('.');
  if (dash >= 0) patch = patch.slice(0, dash);
  const third = part(patch, 'Patch');
  const parsed = pre.map(prerelease);
  for (const one of build) {
    if (one === '') fail('Build meta data is empty');
    if (!alphanumeric.test(one)) fail(`Invalid character(s) found in build meta data ${goQuote(one)}`);
  }
  return new SemverValue([first, second, third], parsed, build);
}
/** Without a leading v, with missing parts as 0 and without leading zeros. */
function normalize(text: string): string {
  const [major, minor, ...more] = text.replace(/^v/, '').split('.');
  const parts = [major!, ...(minor === undefined ? [] : [minor]), ...(more.length === 0 ? [] : [more.join('.')])].map((one) => {
    if (one.length <= 1) return one;
    const trimmed = one.replace(/^0+/, '');
    return /^\d/.test(trimmed) ? trimmed : `0${trimmed}`;
  });
  if (parts.length < 3 && /[+-]/.test(parts.at(-1)!)) fail('short version cannot contain PreRelease/Build meta data');
  while (parts.length < 3) parts.push('0');
  return parts.join('.');
}

class SemverValue extends OpaqueValue {
  readonly type = semverType;
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: readonly (bigint | string)[];
  readonly build: readonly string[];
  constructor(numbers: readonly [bigint, bigint, bigint], pre: readonly (bigint | string)[], build: readonly string[]) {
    super();
    this.build = build;
    this.numbers = numbers;
    this.pre = pre;
  }
  compare(other: SemverValue): number {
    for (const [index, one] of this.numbers.entries()) {
      const two = other.numbers[index]!;
      if (one !== two) return one < two ? -1 : 1;
    }
    if (this.pre.length === 0 || other.pre.length === 0) return Math.sign(other.pre.length - this.pre.length);
    for (let index = 0; index < Math.min(this.pre.length, other.pre.length); index++) {
      const one = this.pre[index]!;
      const two = other.pre[index]!;
      if (one === two) continue;
      if (typeof one !== typeof two) return typeof one === 'bigint' ? -1 : 1;
      if (typeof one === 'string' || typeof two === 'string') return compareStrings(String(one), String(two));
      return one < two ? -1 : 1;
    }
    return Math.sign(this.pre.length - other.pre.length);
  }
  override get goType(): string {
    return 'semver.Version';
  }
  equals(other: CelValue): boolean | CelError {
    return other instanceof SemverValue ? this.compare(other) === 0 : orNoSuchOverload(other);
  }
  override text(): string {
    const pre = this.pre.length === 0 ? '' : `-${this.pre.join('.')}`;
    return `${this.numbers.join('.')}${pre}${this.build.length === 0 ? '' : `+${this.build.join('.')}`}`;
  }
}
export function toSemver(text: string, normalized = false): SemverValue | CelError {
  try {
    return parse(normalized ? normalize(text) : text);
  } catch (error) {
    if (error instanceof VersionError) return new CelError(error.message);
    throw error;
  }
}
const isSemver = (text: string, normalized = false) => toSemver(text, normalized) instanceof SemverValue;
const two = [semverType, semverType];
const compared = (test: (order: number) => CelValue) => (a: SemverValue, b: SemverValue) => test(a.compare(b));
const numberAt = (id: string, index: 0 | 1 | 2) => [
  member(id, [semverType], t.int, (version: SemverValue) => toInt(version.numbers[index])),
];
export const semverLibrary: Library = {
  name: 'kubernetes.semver',
  functions: {
    semver: [
      overload('string_to_semver', [t.string], semverType, (text: string) => toSemver(text)),
      overload('string_bool_to_semver', [t.string, t.bool], semverType, toSemver),
    ],
    isSemver: [
      overload('is_semver_string', [t.string], t.bool, (text: string) => isSemver(text)),
      overload('is_semver_string_bool', [t.string, t.bool], t.bool, isSemver),
    ],
    isGreaterThan: [
      member(
        'semver_is_greater_than',
        two,
        t.bool,
        compared((order) => order > 0),
      ),
    ],
    isLessThan: [
      member(
        'semver_is_less_than',
        two,
        t.bool,
        compared((order) => order < 0),
      ),
    ],
    compareTo: [
      member(
        'semver_compare_to',
        two,
        t.int,
        compared((order) => order),
      ),
    ],
    major: numberAt('semver_major', 0),
    minor: numberAt('semver_minor', 1),
    patch: numberAt('semver_patch', 2),
  },
};
