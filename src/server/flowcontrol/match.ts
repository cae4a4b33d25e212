import type { Identity } from '../../client/call.ts';
import type { FlowSchemaSpec, NonResourcePolicyRule, ResourcePolicyRule, Subject } from '../../kinds/flowcontrol/shapes/flow-schema.ts';
import type { RequestInfo } from '../request-info.ts';

/** Which requests a flow schema is about (kubernetes.io: API Priority and Fairness; rule.go upstream). */
type Test<T> = (value: T) => boolean;

const any = () => true;
const oneOf = (list: readonly string[]): Test<string> => {
  if (list.length === 1 && list[0] === '*') return any;
  if (list.length === 1) return (value) => value === list[0];
  const set = new Set(list);
  return (value) => set.has(value);
};
const accountPrefix = 'system:serviceaccount:';

function subjectTest({ kind, user, group, serviceAccount }: Subject): Test<Identity> {
  if (kind === 'User' && user !== undefined) return user.name === '*' ? any : (identity) => identity.user === user.name;
  if (kind === 'Group' && group !== undefined) return group.name === '*' ? any : ({ groups }) => groups.includes(group.name);
  if (kind !== 'ServiceAccount' || serviceAccount === undefined) return () => false;
  const { namespace, name } = serviceAccount;
  if (name === '*') return (identity) => identity.user.startsWith(`${accountPrefix}${namespace}:`);
  return (identity) => identity.user === `${accountPrefix}${namespace}:${name}`;
}
function resourceTest({ verbs, apiGroups, resources, namespaces = [], clusterScope = false }: ResourcePolicyRule): Test<RequestInfo> {
  const [verb, group, resource, namespace] = [oneOf(verbs), oneOf(apiGroups), oneOf(resources), oneOf(namespaces)];
  const anyResource = resource === any;
  return (info) => {
    if (!verb(info.verb)) return false;
    if (!anyResource && !resource(info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`)) return false;
    return group(info.group) && (info.namespace === '' ? clusterScope : namespace(info.namespace));
  };
}
function pathTest({ verbs, nonResourceURLs }: NonResourcePolicyRule): Test<RequestInfo> {
  const verb = oneOf(verbs);
  const paths = nonResourceURLs.map((path): Test<string> => {
    if (path === '*') return any;
    const stem = path.replace(/\*$/, '');
    const prefix = stem.endsWith('/') ? stem : `${stem}/`;
    return (asked) => asked === path || asked.startsWith(prefix);
  });
  return (info) => verb(info.verb) && paths.some((test) => test(info.path));
}

export type Matcher = (info: RequestInfo, identity: Identity) => boolean;

export function matcherOf({ rules = [] }: Pick<FlowSchemaSpec, 'rules'>): Matcher {
  const tests = rules.map(({ subjects, resourceRules = [], nonResourceRules = [] }) => ({
    subjects: subjects.map(subjectTest),
    resources: resourceRules.map(resourceTest),
    paths: nonResourceRules.map(pathTest),
  }));
  return (info, identity) => {
    for (const { subjects, resources, paths } of tests) {
      if (!subjects.some((test) => test(identity))) continue;
      if ((info.isResource ? resources : paths).some((test) => test(info))) return true;
    }
    return false;
  };
}
