/**
 * What RBAC allows, worked out as https://kubernetes.io/docs/reference/access-authn-authz/rbac/ tells it and as simply as that can be: everything
 * is looked at for every question. It shares nothing with the server.
 */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}
export interface OracleRole {
  readonly name: string;
  /** Absent: a ClusterRole. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly rules: readonly Rule[];
  /** Labels of the ClusterRoles whose rules it gathers, one set per selector. Its own rules do not count then. */
  readonly aggregates?: readonly Readonly<Record<string, string>>[];
}
export interface OracleBinding {
  readonly name: string;
  /** Absent: a ClusterRoleBinding. */
  readonly namespace?: string;
  readonly roleKind: 'Role' | 'ClusterRole';
  readonly roleName: string;
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}
export interface Policy {
  readonly roles: readonly OracleRole[];
  readonly bindings: readonly OracleBinding[];
}
export interface Who {
  readonly user: string;
  readonly groups: readonly string[];
}
export type Question =
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly verb: string; readonly path: string };

function rulesOf(role: OracleRole, roles: readonly OracleRole[]): readonly Rule[] {
  if (role.aggregates === undefined) return role.rules;
  const selectors = role.aggregates;
  return roles
    .filter((other) => other.namespace === undefined && other !== role && other.aggregates === undefined)
    .filter((other) => selectors.some((selector) => Object.entries(selector).every(([key, value]) => other.labels?.[key] === value)))
    .flatMap(({ rules }) => rules);
}
function isMeant(subject: OracleBinding['subjects'][number], binding: OracleBinding, { user, groups }: Who): boolean {
  if (subject.kind === 'User') return subject.name === user;
  if (subject.kind === 'Group') return groups.includes(subject.name);
  return user === `system:serviceaccount:${subject.namespace ?? binding.namespace}:${subject.name}`;
}
/** The rules that hold for somebody in a namespace; '' for what concerns the whole cluster. */
export function rulesFor(policy: Policy, who: Who, namespace: string): readonly Rule[] {
  return policy.bindings
    .filter((binding) => binding.namespace === undefined || (namespace !== '' && binding.namespace === namespace))
    .filter((binding) => binding.subjects.some((subject) => isMeant(subject, binding, who)))
    .flatMap((binding) =>
      policy.roles
        .filter(({ name }) => name === binding.roleName)
        .filter((role) => (binding.roleKind === 'ClusterRole' ? role.namespace === undefined : role.namespace === binding.namespace))
        .flatMap((role) => rulesOf(role, policy.roles)),
    );
}
const lists = (list: readonly string[] | undefined, value: string) => (list ?? []).some((one) => one === '*' || one === value);

/** Whether a rule grants what is asked. */
function grants(rule: Rule, question: Question): boolean {
  if (!lists(rule.verbs, question.verb)) return false;
  if ('path' in question) {
    return (rule.nonResourceURLs ?? []).some((url) =>
      url.endsWith('*') ? question.path.startsWith(url.slice(0, -1)) : question.path === url,
    );
  }
  if (!lists(rule.apiGroups, question.group)) return false;
  const { resource, subresource, name } = question;
  const isNamed = (rule.resources ?? []).some((one) => {
    if (one === '*') return true;
    if (subresource === '') return one === resource;
    return one === `${resource}/${subresource}` || one === `*/${subresource}`;
  });
  return isNamed && ((rule.resourceNames ?? []).length === 0 || rule.resourceNames!.includes(name));
}
/** Whether RBAC allows it. */
export function isAllowed(policy: Policy, who: Who, question: Question): boolean {
  const namespace = 'path' in question ? '' : question.namespace;
  return rulesFor(policy, who, namespace).some((rule) => grants(rule, question));
}

/** A text that stands for all that nobody has thought of yet: who holds it holds everything. */
const other = 'zz-anything-else';
/** Single questions that a rule answers with yes, over these words and one that stands for all others. */
function* atoms(
  rule: Rule,
  words: { readonly [K in 'verbs' | 'groups' | 'resources' | 'subresources' | 'names' | 'paths']: readonly string[] },
) {
  for (const verb of [...words.verbs, other]) {
    for (const path of [...words.paths, `/${other}`, ...words.paths.map((known) => known + other)]) {
      const question = { verb, path };
      if (grants(rule, question)) yield question;
    }
    for (const group of [...words.groups, other])
      for (const resource of [...words.resources, other])
        for (const subresource of ['', ...words.subresources, other])
          for (const name of [...words.names, other]) {
            const question = { verb, group, resource, subresource, namespace: '', name };
            if (grants(rule, question)) yield question;
          }
  }
}
/** Whether somebody holds everything that the rules would give: else granting them is an escalation. */
export function holdsAll(owned: readonly Rule[], wanted: readonly Rule[], words: Parameters<typeof atoms>[1]): boolean {
  for (const rule of wanted) for (const question of atoms(rule, words)) if (!owned.some((one) => grants(one, question))) return false;
  return true;
}
