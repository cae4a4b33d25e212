import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Identity } from '../../client/call.ts';
import type { Attributes, Authorizer, PolicyRule, Resources, RuleResolver, Verdict } from '../types.ts';
import { joinErrors } from '../lib/configuration.ts';
import { follow, type FollowOptions } from './follow.ts';
import { ruleAllows } from './rules.ts';

export const rbacGroup = 'rbac.authorization.k8s.io';

interface RoleObject extends ApiObject {
  readonly rules?: readonly PolicyRule[];
}
export interface RoleRef {
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
}
interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}
interface BindingObject extends ApiObject {
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[];
}

/** A binding as it concerns one subject. */
interface Grant {
  readonly binding: BindingObject;
  readonly subject: Subject;
}
interface Granted {
  readonly grant: Grant;
  readonly rules: readonly PolicyRule[] | undefined;
}

const bindingId = (object: ApiObject) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** Key of a subject in the index, or undefined when nobody can be meant. Service accounts are users by name. */
function subjectKey(subject: Subject, bindingNamespace: string): string | undefined {
  if (subject.kind === 'Group') return `g:${subject.name}`;
  if (subject.kind === 'User') return `u:${subject.name}`;
  const namespace = subject.namespace || bindingNamespace;
  return subject.kind === 'ServiceAccount' && namespace !== '' ? `u:system:serviceaccount:${namespace}:${subject.name}` : undefined;
}

/** Bindings by what they apply to: namespace ('' for the cluster), then subject. */
class BindingIndex {
  readonly #bySubject = new Map<string, Map<string, Grant>>();
  readonly #bindings = new Map<string, BindingObject>();

  put(object: ApiObject): void {
    const binding = object as BindingObject;
    this.remove(binding);
    this.#bindings.set(bindingId(binding), binding);
    for (const [key, subject] of this.#keys(binding)) {
      const grants = this.#bySubject.get(key) ?? new Map<string, Grant>();
      this.#bySubject.set(key, grants);
      if (!grants.has(bindingId(binding))) grants.set(bindingId(binding), { binding, subject });
    }
  }
  remove(object: ApiObject): void {
    const present = this.#bindings.get(bindingId(object));
    if (present === undefined) return;
    this.#bindings.delete(bindingId(object));
    for (const [key] of this.#keys(present)) {
      const grants = this.#bySubject.get(key);
      grants?.delete(bindingId(object));
      if (grants?.size === 0) this.#bySubject.delete(key);
    }
  }
  #keys(binding: BindingObject): readonly (readonly [string, Subject])[] {
    const namespace = binding.metadata.namespace ?? '';
    return (binding.subjects ?? []).flatMap((subject) => {
      const key = subjectKey(subject, namespace);
      return key === undefined ? [] : [[`${namespace}|${key}`, subject] as const];
    });
  }
  *grants(identity: Identity, namespace: string): Generator<Grant> {
    yield* this.#bySubject.get(`${namespace}|u:${identity.user}`)?.values() ?? [];
    for (const group of identity.groups) yield* this.#bySubject.get(`${namespace}|g:${group}`)?.values() ?? [];
  }
}

function describeGrant({ binding, subject }: Grant): string {
  const { name, namespace } = binding.metadata;
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || (namespace ?? '')}` : subject.name;
  const id = namespace ? `${name}/${namespace}` : name;
  const kind = namespace ? 'RoleBinding' : 'ClusterRoleBinding';
  const role = `${binding.roleRef.kind} ${JSON.stringify(binding.roleRef.name)}`;
  return `${kind} ${JSON.stringify(id)} of ${role} to ${subject.kind} ${JSON.stringify(who)}`;
}

const notFoundText = (ref: RoleRef) => `${ref.kind.toLowerCase()}.${rbacGroup} ${JSON.stringify(ref.name)} not found`;

/** Role-based access control over indexes that follow the four kinds of rbac.authorization.k8s.io. */
export interface Rbac extends RuleResolver {
  readonly authorize: Authorizer;
  /** The rules that a roleRef stands for, or undefined when the role does not exist. */
  rulesOf(ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined;
  /** Settles when the indexes hold what is stored. */
  readonly ready: Promise<void>;
}

export interface RbacOptions extends FollowOptions {
  readonly resources: Pick<Resources, 'kinds' | 'watch'>;
}

export function createRbac(options: RbacOptions): Rbac {
  const roles = new Map<string, RoleObject>();
  const bindings = new BindingIndex();
  const ready = followPolicy(options, roles, bindings);

  const rulesOf = (ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined => {
    const role = roles.get(ref.kind === 'Role' ? `${namespace}/${ref.name}` : `/${ref.name}`);
    return role === undefined ? undefined : (role.rules ?? []);
  };
  function* granted(identity: Identity, namespace: string): Generator<Granted> {
    for (const scope of namespace === '' ? [''] : ['', namespace])
      for (const grant of bindings.grants(identity, scope)) yield { grant, rules: rulesOf(grant.binding.roleRef, scope) };
  }
  const authorize = (request: Attributes): Verdict => {
    const errors: string[] = [];
    for (const { grant, rules } of granted(request.identity, request.namespace)) {
      if (rules === undefined) errors.push(notFoundText(grant.binding.roleRef));
      else if (rules.some((rule) => ruleAllows(rule, request)))
        return { decision: 'allow', reason: `RBAC: allowed by ${describeGrant(grant)}` };
    }
    return { decision: 'noOpinion', reason: errors.length === 0 ? '' : `RBAC: ${joinErrors(errors)}` };
  };
  return {
    ready,
    authorize,
    rulesOf,
    rulesFor(identity, namespace) {
      const rules: PolicyRule[] = [];
      const errors: string[] = [];
      for (const found of granted(identity, namespace)) {
        if (found.rules === undefined) errors.push(notFoundText(found.grant.binding.roleRef));
        else rules.push(...found.rules);
      }
      return { rules, errors };
    },
  };
}

async function followPolicy(options: RbacOptions, roles: Map<string, RoleObject>, bindings: BindingIndex): Promise<void> {
  const { resources } = options;
  const kind = (name: string): AnyKind => {
    const known = resources.kinds.byKind(rbacGroup, name);
    if (known === undefined) throw new Error(`${name} is not served`);
    return known;
  };
  const roleFollower = (cluster: boolean) => ({
    reset(objects: readonly ApiObject[]) {
      for (const id of [...roles.keys()]) if (id.startsWith('/') === cluster) roles.delete(id);
      for (const object of objects) this.put(object);
    },
    put: (object: ApiObject) => void roles.set(bindingId(object), object as RoleObject),
    remove: (object: ApiObject) => void roles.delete(bindingId(object)),
  });
  const clusterBindings = new Map<string, ApiObject>();
  const localBindings = new Map<string, ApiObject>();
  const bindingFollower = (known: Map<string, ApiObject>) => ({
    reset(objects: readonly ApiObject[]) {
      for (const object of known.values()) bindings.remove(object);
      known.clear();
      for (const object of objects) this.put(object);
    },
    put(object: ApiObject) {
      known.set(bindingId(object), object);
      bindings.put(object);
    },
    remove(object: ApiObject) {
      known.delete(bindingId(object));
      bindings.remove(object);
    },
  });
  await Promise.all([
    follow(resources, kind('ClusterRole'), roleFollower(true), options),
    follow(resources, kind('Role'), roleFollower(false), options),
    follow(resources, kind('ClusterRoleBinding'), bindingFollower(clusterBindings), options),
    follow(resources, kind('RoleBinding'), bindingFollower(localBindings), options),
  ]);
}
