import { isDeepStrictEqual } from 'node:util';
import { forbidden, notFound } from '../../api/status.ts';
import { type Rbac, rbacGroup } from '../authz/rbac.ts';
import { compactRules, missingRules, ruleText } from '../authz/rules.ts';
import type { AdmissionContext, AdmissionPlugin, PolicyRule } from '../types.ts';

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

const about = ({ kind }: AdmissionContext) => ({ group: kind.group, resource: kind.plural });
const nameOf = (context: AdmissionContext): string => context.object.metadata.name ?? '';
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

/** Only owner references or finalizers changed: what the garbage collector needs to do to let go of an object. */
function onlyForCollection(object: any, old: any): boolean {
  const rest = ({ metadata, ...others }: any) => {
    const { ownerReferences, finalizers, managedFields, resourceVersion, generation, ...meta } = metadata;
    return plain({ ...others, metadata: meta });
  };
  return isDeepStrictEqual(rest(object), rest(old));
}

const may = async (context: AdmissionContext, verb: string, resource: string, name: string) =>
  (
    await context.deps.authorize({
      identity: context.identity,
      verb,
      group: rbacGroup,
      version: '*',
      resource,
      subresource: '',
      namespace: context.namespace,
      name,
      path: '',
      isResource: true,
    })
  ).decision === 'allow';

function missingText(context: AdmissionContext, rbac: Rbac, wanted: readonly PolicyRule[]): string | undefined {
  const { identity, namespace } = context;
  const { rules, errors } = rbac.rulesFor(identity, namespace);
  const missing = missingRules(rules, wanted);
  if (missing.length === 0) return undefined;
  const lines = [...new Set(compactRules(missing).map(ruleText))].sort();
  const groups = `[${identity.groups.map((group) => JSON.stringify(group)).join(' ')}]`;
  const text = `user ${JSON.stringify(identity.user)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`;
  return errors.length === 0 ? text : `${text}; resolution errors: [${errors.join(', ')}]`;
}

async function checkRole(context: AdmissionContext, rbac: Rbac): Promise<void> {
  const { object, kind } = context;
  if (await may(context, 'escalate', kind.plural, context.operation === 'CREATE' ? '' : context.name)) return;
  const missing = missingText(context, rbac, object.rules ?? []);
  if (missing !== undefined) throw forbidden(about(context), nameOf(context), missing);
  const aggregates = [object, context.old as any].some((role) => (role?.aggregationRule?.clusterRoleSelectors ?? []).length > 0);
  if (aggregates && missingText(context, rbac, everything) !== undefined)
    throw forbidden(about(context), nameOf(context), 'must have cluster-admin privileges to use the aggregationRule');
}

async function checkBinding(context: AdmissionContext, rbac: Rbac): Promise<void> {
  const ref = context.object.roleRef;
  if (ref === undefined || (ref.kind !== 'Role' && ref.kind !== 'ClusterRole')) return;
  const resource = ref.kind === 'Role' ? 'roles' : 'clusterroles';
  if (await may(context, 'bind', resource, ref.name)) return;
  const wanted = rbac.rulesOf(ref, context.namespace);
  if (wanted === undefined) throw notFound({ group: rbacGroup, resource: ref.kind.toLowerCase() }, ref.name);
  const missing = missingText(context, rbac, wanted);
  if (missing !== undefined) throw forbidden(about(context), nameOf(context), missing);
}

/**
 * Nobody grants what he does not hold himself, unless he may "escalate" roles or "bind" the role in question
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping).
 */
export function rbacEscalation(rbac: Rbac): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    async validate(context) {
      if (context.kind.group !== rbacGroup || (context.operation !== 'CREATE' && context.operation !== 'UPDATE')) return;
      if (context.identity.groups.includes('system:masters')) return;
      if (context.old !== undefined && onlyForCollection(context.object, context.old)) return;
      await (context.kind.kind.endsWith('Binding') ? checkBinding(context, rbac) : checkRole(context, rbac));
    },
  };
}
