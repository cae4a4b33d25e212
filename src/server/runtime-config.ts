import type { AnyKind } from '../api/kind.ts';
import { apiVersionOf } from '../api/kind.ts';
import type { Logger } from '../base/log.ts';
import { priorities } from './aggregate/priorities.ts';
import { goTruth } from './feature-gates.ts';

/** Which of the built-in versions are served: --runtime-config (kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver). */
const wholes = ['api/all', 'api/ga', 'api/beta', 'api/alpha', 'api/legacy'] as const;
type Whole = (typeof wholes)[number];

const isStable = (version: string) => /^v\d+$/.test(version);
const ofWhole: Readonly<Record<Whole, (version: string) => boolean>> = {
  'api/all': () => true,
  'api/ga': isStable,
  'api/beta': (version) => version.includes('beta'),
  'api/alpha': (version) => version.includes('alpha'),
  'api/legacy': () => false,
};

function settingsOf(text: string): ReadonlyMap<string, boolean> {
  const settings = new Map<string, boolean>();
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const [key = '', value = ''] = pair.split('=', 2).map((one) => one.trim());
    try {
      settings.set(key, value === '' ? true : goTruth(value));
    } catch (error) {
      throw new Error(`invalid value of ${key}: ${value}, err: ${(error as Error).message}`);
    }
  }
  return settings;
}

/**
 * The kinds that are served. Throws Error for what is not known, in upstream's words, and for versions that upstream could serve and this
 * server can't.
 */
export function enabledKinds(kinds: readonly AnyKind[], text: string, log: Logger): readonly AnyKind[] {
  const settings = settingsOf(text);
  const built = new Set(kinds.map(apiVersionOf));
  const known = new Set(
    Object.entries(priorities).flatMap(([group, [, versions]]) => Object.keys(versions).map((version) => apiVersionOf({ group, version }))),
  );
  const groups = new Set(kinds.map(({ group }) => group));
  const unknown = [...settings.keys()].filter((key) => !(wholes as readonly string[]).includes(key) && !isKnownGroup(key, groups, known));
  if (unknown.length > 0) throw new Error(`unknown api groups ${unknown.join(',')}`);
  if (settings.size === 1 && settings.get('api/all') === false) throw new Error('invalid runtime-config with only api/all=false');
  const off = new Set<string>();
  for (const whole of wholes) {
    const isOn = settings.get(whole);
    if (isOn === undefined) continue;
    for (const { group, version } of kinds) if (ofWhole[whole](version)) off[isOn ? 'delete' : 'add'](apiVersionOf({ group, version }));
    const missing = [...known].filter((name) => !built.has(name) && ofWhole[whole](name.split('/').at(-1)!));
    if (isOn && missing.length > 0) log.warn('--runtime-config: these versions are not built, and stay off', { setting: whole, missing });
  }
  for (const [key, isOn] of settings) {
    if ((wholes as readonly string[]).includes(key)) continue;
    const [first = '', second = ''] = key.split('/');
    const name = first === 'v1' ? 'v1' : `${first}/${second}`;
    if (isOn && known.has(name) && !built.has(name))
      throw new Error(`--runtime-config: ${name} is known, but not built: it can only be off`);
    off[isOn ? 'delete' : 'add'](name);
  }
  return kept(kinds, off);
}
function isKnownGroup(key: string, groups: ReadonlySet<string>, known: ReadonlySet<string>): boolean {
  const [group = ''] = key.split('/');
  return key === 'v1' || groups.has(group) || [...known].some((name) => name.startsWith(`${group}/`));
}
/** Without the versions that are off. Throws Error for one that others are stored as. */
function kept(kinds: readonly AnyKind[], off: ReadonlySet<string>): readonly AnyKind[] {
  const left = kinds.filter((kind) => !off.has(apiVersionOf(kind)));
  for (const kind of left) {
    const { storedAs } = kind;
    if (
      storedAs === undefined ||
      left.some((one) => one.group === storedAs.group && one.kind === storedAs.kind && one.storedAs === undefined)
    )
      continue;
    throw new Error(
      `--runtime-config: ${apiVersionOf(kind)} needs the group ${JSON.stringify(storedAs.group)}, which its ${kind.kind} is stored in`,
    );
  }
  return left;
}
