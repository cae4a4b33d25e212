import { trimmedEnd } from '../../base/trim.ts';
import type { Identity } from '../../client/call.ts';
import type { Attributes, PolicyRule } from '../types.ts';
import type { AuthorizerMode } from './modes.ts';

/** One line of a policy file, in the form of v1beta1: https://kubernetes.io/docs/reference/access-authn-authz/abac/ */
export interface AbacPolicy {
  readonly user?: string;
  readonly group?: string;
  readonly readonly?: boolean;
  readonly apiGroup?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly nonResourcePath?: string;
}

const readingVerbs = ['get', 'list', 'watch'];
const authenticated = 'system:authenticated';
/** '*' and, in lines without a version, nobody at all mean whoever is known. */
function named({ user = '', group = '', ...rest }: AbacPolicy): AbacPolicy {
  return user === '*' || group === '*' ? { ...rest, group: authenticated } : { ...rest, user, group };
}
function unversioned({ user = '', group = '', readonly = false, resource = '', namespace = '' }: AbacPolicy): AbacPolicy {
  return named({
    user,
    group: user === '' && group === '' ? authenticated : group,
    readonly,
    apiGroup: '*',
    resource: resource || '*',
    namespace: namespace || '*',
    ...(resource === '' && namespace === '' ? { nonResourcePath: '*' } : {}),
  });
}
const versions = ['v0', 'v1beta1'].map((version) => `abac.authorization.kubernetes.io/${version}`);

/** Reads --authorization-policy-file: one policy of JSON per line, comments with '#'. Throws Error that names the line. */
export function parseAbacPolicies(text: string, path: string): readonly AbacPolicy[] {
  return text.split('\n').flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const fail = (why: string) => new Error(`error reading policy file ${path}, line ${index + 1}: ${line}: ${why}`);
    let given: any;
    try {
      given = JSON.parse(trimmed);
    } catch (error) {
      throw fail((error as Error).message);
    }
    if (typeof given !== 'object' || given === null || Array.isArray(given)) throw fail('is no object');
    if (!versions.includes(given.apiVersion) || given.kind !== 'Policy') return [unversioned(checked(given, fail))];
    if (given.apiVersion === versions[0]) return [unversioned(checked(given, fail))];
    return [named(checked(given.spec ?? {}, fail))];
  });
}
function checked(given: AbacPolicy & Readonly<Record<string, unknown>>, fail: (why: string) => Error): AbacPolicy {
  for (const field of ['user', 'group', 'apiGroup', 'resource', 'namespace', 'nonResourcePath'])
    if (given[field] !== undefined && typeof given[field] !== 'string') throw fail(`${field} is no string`);
  if (given.readonly !== undefined && typeof given.readonly !== 'boolean') throw fail('readonly is no bool');
  return given;
}

function isAbout({ user = '', group = '' }: AbacPolicy, identity: Identity): boolean {
  if (user === '' && group === '') return false;
  return (user === '' || user === identity.user) && (group === '' || identity.groups.includes(group));
}
const matches = (pattern: string | undefined, value: string) => pattern === '*' || (pattern ?? '') === value;
function allows(policy: AbacPolicy, request: Attributes): boolean {
  if (!isAbout(policy, request.identity)) return false;
  if (policy.readonly === true && !readingVerbs.includes(request.verb)) return false;
  if (request.isResource)
    return (
      matches(policy.namespace, request.namespace) && matches(policy.resource, request.resource) && matches(policy.apiGroup, request.group)
    );
  const { nonResourcePath: path = '' } = policy;
  return matches(path, request.path) || (path.endsWith('*') && request.path.startsWith(trimmedEnd(path, '*')));
}

function rulesOf({ readonly, apiGroup = '', resource = '', nonResourcePath = '' }: AbacPolicy): readonly PolicyRule[] {
  const verbs = readonly === true ? readingVerbs : ['*'];
  return [
    ...(resource === '' ? [] : [{ verbs, apiGroups: [apiGroup], resources: [resource] }]),
    ...(nonResourcePath === '' ? [] : [{ verbs, nonResourceURLs: [nonResourcePath] }]),
  ];
}

/** Attribute-based access control: what a file allows, and nothing else (--authorization-mode=ABAC). */
export function createAbac(policies: readonly AbacPolicy[]): AuthorizerMode {
  return {
    authorize: (request) =>
      policies.some((policy) => allows(policy, request))
        ? { decision: 'allow', reason: '' }
        : { decision: 'noOpinion', reason: 'No policy matched.' },
    rulesFor: (identity, namespace) => ({
      rules: policies
        .filter((policy) => isAbout(policy, identity) && matches(policy.namespace, namespace))
        .flatMap((policy) => rulesOf(policy)),
      errors: [],
    }),
  };
}
