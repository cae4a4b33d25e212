import { type FieldError, fieldError } from '../../../api/status.ts';

/** Levels and versions of the Pod Security Standards, and how namespaces ask for them (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
export type Level = 'privileged' | 'baseline' | 'restricted';
/** A minor version of Kubernetes 1, or Infinity for the latest. */
export type Version = number;
export interface LevelVersion {
  readonly level: Level;
  readonly version: Version;
}
export type Mode = 'enforce' | 'audit' | 'warn';
export type Policy = Readonly<Record<Mode, LevelVersion>>;

const strictness: readonly string[] = ['privileged', 'baseline', 'restricted'];
export const latest: Version = Number.POSITIVE_INFINITY;
export const labelPrefix = 'pod-security.kubernetes.io/';
const modes: readonly Mode[] = ['enforce', 'audit', 'warn'];

export const levelFault = `must be one of ${strictness.join(', ')}`;
export const versionFault = 'must be "latest" or "v1.x"';
export const parseLevel = (text: string): Level | undefined => (strictness.includes(text) ? (text as Level) : undefined);
export function parseVersion(text: string): Version | undefined {
  if (text === 'latest') return latest;
  const [, minor] = /^v1\.(0|[1-9]\d*)$/.exec(text) ?? [];
  return minor === undefined ? undefined : Number(minor);
}
export const isStricter = (a: Level, b: Level): boolean => strictness.indexOf(a) > strictness.indexOf(b);
export const sameLevel = (a: LevelVersion, b: LevelVersion): boolean => a.level === b.level && a.version === b.version;
export const showLevel = ({ level, version }: LevelVersion): string => `${level}:${version === latest ? 'latest' : `v1.${version}`}`;
export const isPrivileged = (policy: Policy): boolean => modes.every((mode) => policy[mode].level === 'privileged');

type Labels = Readonly<Record<string, string>>;

/** What a namespace asks for by its labels, and what is wrong with these; where one can't be read, the policy is on the safe side. */
export function policyOf(labels: Labels = {}, defaults: Policy): { readonly policy: Policy; readonly errors: readonly FieldError[] } {
  const errors: FieldError[] = [];
  const read = <T>(name: string, parse: (text: string) => T | undefined, otherwise: T, fault: string, absent: T): T => {
    const label = `${labelPrefix}${name}`;
    const text = Object.hasOwn(labels, label) ? labels[label] : undefined;
    if (text === undefined) return absent;
    const value = parse(text);
    if (value === undefined) errors.push(fieldError.invalid(`metadata.labels[${label}]`, text, fault));
    return value ?? otherwise;
  };
  const of = (mode: Mode): LevelVersion => ({
    level: read<Level>(mode, parseLevel, mode === 'enforce' ? 'restricted' : 'privileged', levelFault, defaults[mode].level),
    version: read(`${mode}-version`, parseVersion, latest, versionFault, defaults[mode].version),
  });
  const enforce = of('enforce');
  const audit = of('audit');
  const asked = of('warn');
  const isSaid = (name: string) => Object.hasOwn(labels, `${labelPrefix}${name}`);
  // What is refused is warned of, too, where workloads are made.
  const isEnforced = isSaid('enforce') && parseLevel(labels[`${labelPrefix}enforce`]!) !== undefined;
  const isRaised = !isSaid('warn') && isEnforced && isStricter(enforce.level, asked.level);
  const raised = { level: enforce.level, version: isSaid('warn-version') ? asked.version : enforce.version };
  return { policy: { enforce, audit, warn: isRaised ? raised : asked }, errors };
}

/** The policy of a namespace that is exempt from it, as far as its labels say it; undefined when there is nothing to tell. */
export function exemptText(labels: Labels = {}, policy: Policy, defaults: Policy): string | undefined {
  const isSame = modes.every((mode) => {
    const [a, b] = [policy[mode], defaults[mode]];
    return (a.level === 'privileged' && b.level === 'privileged') || sameLevel(a, b);
  });
  if (isPrivileged(policy) || isSame) return undefined;
  return modes
    .filter((mode) => policy[mode].level !== 'privileged')
    .filter((mode) => [mode, `${mode}-version`].some((name) => Object.hasOwn(labels, `${labelPrefix}${name}`)))
    .map((mode) => `${mode}=${showLevel(policy[mode])}`)
    .join(', ');
}
