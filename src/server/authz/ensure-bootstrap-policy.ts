import type { Draft } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { isAlreadyExists, isConflict } from '../../api/status.ts';
import type { Identity } from '../../client/call.ts';
import type { PolicyRule, Resources, WriteContext } from '../types.ts';
import { bootstrapPolicy, type PolicyObject, type Rights } from './bootstrap/policy.ts';
import { rbacGroup } from './rbac.ts';
import { missingRules } from './rules.ts';

const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';
const identity: Identity = { user: 'system:apiserver', groups: ['system:masters'] };

type Stored = ApiObject & {
  readonly rules?: readonly PolicyRule[];
  readonly subjects?: PolicyObject['subjects'];
  readonly aggregationRule?: PolicyObject['aggregationRule'];
  readonly roleRef?: PolicyObject['roleRef'];
};

const sameSubject = (a: NonNullable<PolicyObject['subjects']>[number], b: NonNullable<PolicyObject['subjects']>[number]) =>
  a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '');
const missingSubjects = (stored: Stored, wanted: PolicyObject) =>
  (wanted.subjects ?? []).filter((subject) => !(stored.subjects ?? []).some((present) => sameSubject(present, subject)));
const sameRole = (stored: Stored, wanted: PolicyObject) =>
  stored.roleRef?.kind === wanted.roleRef?.kind && stored.roleRef?.name === wanted.roleRef?.name;
const missingLabels = (stored: Stored, wanted: PolicyObject) =>
  Object.entries(wanted.metadata.labels).filter(([key]) => !Object.hasOwn(stored.metadata.labels ?? {}, key));

/** What a stored object lacks of the default policy. Rules and subjects that somebody added stay. */
function lacks(stored: Stored, wanted: PolicyObject): boolean {
  if (missingLabels(stored, wanted).length > 0) return true;
  if (wanted.aggregationRule !== undefined) return stored.aggregationRule === undefined;
  return missingRules(stored.rules ?? [], wanted.rules ?? []).length > 0 || missingSubjects(stored, wanted).length > 0;
}

async function ensure(resources: Resources, wanted: PolicyObject, context: WriteContext): Promise<void> {
  const kind = resources.kinds.byKind(rbacGroup, wanted.kind);
  if (kind === undefined) throw new Error(`${wanted.kind} is not served`);
  const key = { name: wanted.metadata.name, namespace: wanted.metadata.namespace };
  const stored = (await resources.get(kind, key)) as Stored | undefined;
  if (stored === undefined) {
    await resources.create(kind, wanted, context).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
    return;
  }
  if (stored.metadata.annotations?.[autoupdate] === 'false') return;
  if (wanted.roleRef !== undefined && !sameRole(stored, wanted)) {
    await resources.delete(kind, key, { preconditions: { uid: stored.metadata.uid } }, context);
    await resources.create(kind, wanted, context);
    return;
  }
  if (!lacks(stored, wanted)) return;
  await resources.change(
    kind,
    key,
    '',
    (draft: Draft<any>, current: Stored) => {
      draft.metadata.labels = { ...Object.fromEntries(missingLabels(current, wanted)), ...draft.metadata.labels };
      if (wanted.aggregationRule !== undefined) draft.aggregationRule ??= structuredClone(wanted.aggregationRule);
      else if (wanted.rules !== undefined) draft.rules = [...(draft.rules ?? []), ...missingRules(current.rules ?? [], wanted.rules)];
      const subjects = missingSubjects(current, wanted);
      if (subjects.length > 0) draft.subjects = [...(draft.subjects ?? []), ...subjects];
    },
    context,
  );
}

/**
 * Brings upstream's default roles and bindings into the cluster: creates what is missing and puts back rules and subjects
 * that were taken away, unless the object says autoupdate "false". Binding roles are immutable, so a binding to another role is replaced.
 * `parts`: what further parts of this cluster need.
 */
export async function ensureBootstrapPolicy(resources: Resources, parts: readonly Rights[] = []): Promise<void> {
  const policy = bootstrapPolicy(parts);
  const isBinding = (object: PolicyObject) => object.roleRef !== undefined;
  await Promise.all(policy.filter((object) => !isBinding(object)).map((object) => ensureWithRetries(resources, object)));
  await Promise.all(policy.filter(isBinding).map((object) => ensureWithRetries(resources, object)));
}

async function ensureWithRetries(resources: Resources, wanted: PolicyObject): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await ensure(resources, wanted, { identity, skipAdmission: true });
    } catch (error) {
      if (!isConflict(error) || tries >= 4) throw error;
    }
  }
}
