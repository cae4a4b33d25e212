import { isDns1123Label, isDns1123Subdomain } from '../../../api/names.ts';
import { list, object, opt, shape, string } from '../../../api/schema.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { assertValid, readConfiguration } from '../../lib/configuration.ts';
import { levelFault, type Mode, parseLevel, parseVersion, type Policy, versionFault } from './levels.ts';

/** What PodSecurity is configured with (https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/). */
export interface PodSecurityConfiguration {
  /** Of namespaces that say nothing themselves. */
  readonly defaults: Policy;
  readonly exemptions: {
    readonly usernames: readonly string[];
    readonly namespaces: readonly string[];
    readonly runtimeClasses: readonly string[];
  };
}

const modes: readonly Mode[] = ['enforce', 'audit', 'warn'];
const group = 'pod-security.admission.config.k8s.io';
const type = {
  kind: 'PodSecurityConfiguration',
  apiVersions: [`${group}/v1`, `${group}/v1beta1`, `${group}/v1alpha1`],
  shape: shape('PodSecurityConfiguration', {
    defaults: opt(
      object(
        1,
        shape(
          'PodSecurityDefaults',
          Object.fromEntries(modes.flatMap((mode) => [mode, `${mode}-version`]).map((name, index) => [name, opt(string(index))])),
        ),
      ),
    ),
    exemptions: opt(
      object(
        2,
        shape('PodSecurityExemptions', {
          usernames: opt(list(1, string(0))),
          namespaces: opt(list(2, string(0))),
          runtimeClasses: opt(list(3, string(0))),
        }),
      ),
    ),
  }),
};

function* namesErrors(path: string, names: readonly string[], check: (name: string) => readonly string[]): Generator<FieldError> {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    const faults = check(name);
    if (faults.length > 0) yield fieldError.invalid(`${path}[${index}]`, name, faults.join(', '));
    else if (seen.has(name)) yield fieldError.duplicate(`${path}[${index}]`, name);
    seen.add(name);
  }
}

/** Throws Error for what is none. */
export function readPodSecurityConfiguration(given: unknown): PodSecurityConfiguration {
  const { defaults = {}, exemptions = {} } = given === undefined ? {} : (readConfiguration(type, given) as any);
  const errors: FieldError[] = [];
  const levelOf = (mode: Mode) => {
    const [level = 'privileged', version = 'latest'] = [defaults[mode], defaults[`${mode}-version`]];
    if (parseLevel(level) === undefined) errors.push(fieldError.invalid(`defaults.${mode}`, level, levelFault));
    if (parseVersion(version) === undefined) errors.push(fieldError.invalid(`defaults.${mode}-version`, version, versionFault));
    return { level: parseLevel(level)!, version: parseVersion(version)! };
  };
  const policy = { enforce: levelOf('enforce'), warn: levelOf('warn'), audit: levelOf('audit') };
  const { usernames = [], namespaces = [], runtimeClasses = [] } = exemptions;
  errors.push(
    ...namesErrors('exemptions.namespaces', namespaces, isDns1123Label),
    ...namesErrors('exemptions.runtimeClasses', runtimeClasses, isDns1123Subdomain),
    ...namesErrors('exemptions.usernames', usernames, (name) => (name === '' ? ['username must not be empty'] : [])),
  );
  assertValid(errors, 'PodSecurity invalid: ');
  return { defaults: policy, exemptions: { usernames, namespaces, runtimeClasses } };
}
