/** Asking the authorizer (apiserver/pkg/cel/library/authz.go). */
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import type { Library, Overload } from '../api.ts';
import { Pending } from '../pending.ts';
import * as t from '../types.ts';
import type { CelType } from '../types.ts';
import { CelError, type CelValue, OpaqueValue, noSuchOverload } from '../values.ts';
import { member } from './overloads.ts';

/** What is asked: a path, or a resource. */
export interface AuthorizationRequest {
  readonly verb: string;
  /** In place of the user that the request is from. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** As they were written; whoever answers parses them. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}
export interface AuthorizationDecision {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
}
/** Answers at once, or later: then only `evaluateAsync` can run the expression. Each question is asked once per evaluation. */
export type Authorize = (request: AuthorizationRequest) => AuthorizationDecision | Promise<AuthorizationDecision>;

const named = (name: string): CelType => t.object(`kubernetes.authorization.${name}`);
export const authorizerType = named('Authorizer');
const pathCheckType = named('PathCheck');
const groupCheckType = named('GroupCheck');
export const resourceCheckType = named('ResourceCheck');
const decisionType = named('Decision');

/** Answers to questions that were asked already; shared by what is made from one authorizer. */
class Answers {
  readonly #authorize: Authorize;
  readonly #known = new Map<string, AuthorizationDecision>();
  constructor(authorize: Authorize) {
    this.#authorize = authorize;
  }
  ask(request: AuthorizationRequest): DecisionValue {
    const key = JSON.stringify(request);
    const known = this.#known.get(key);
    if (known !== undefined) return new DecisionValue(known);
    const answer = this.#authorize(request);
    if (!(answer instanceof Promise)) {
      this.#known.set(key, answer);
      return new DecisionValue(answer);
    }
    throw new Pending(answer.then((decision) => this.#known.set(key, decision)));
  }
}
/** Values that only have methods; upstream has no equality for them. */
abstract class ReceiverOnly extends OpaqueValue {
  equals(_other: CelValue): CelError {
    return noSuchOverload;
  }
  override unwrapped(): CelError {
    return noSuchOverload;
  }
}
class DecisionValue extends ReceiverOnly {
  readonly type = decisionType;
  readonly decision: AuthorizationDecision;
  constructor(decision: AuthorizationDecision) {
    super();
    this.decision = decision;
  }
}
class CheckValue extends ReceiverOnly {
  readonly type: CelType;
  readonly answers: Answers;
  readonly request: Partial<AuthorizationRequest>;
  constructor(type: CelType, answers: Answers, request: Partial<AuthorizationRequest>) {
    super();
    this.type = type;
    this.answers = answers;
    this.request = request;
  }
  with(more: Partial<AuthorizationRequest>, type: CelType = this.type): CheckValue {
    return new CheckValue(type, this.answers, { ...this.request, ...more });
  }
}

/** The variable `authorizer`: for one evaluation, or several that may share its answers. */
export const authorizerValue = (authorize: Authorize): OpaqueValue => new CheckValue(authorizerType, new Answers(authorize), {});
/** The variable `authorizer.requestResource`: checks of what the request at hand is about. */
export function requestResourceValue(
  authorizer: OpaqueValue,
  resource: Required<Pick<AuthorizationRequest, 'group' | 'resource' | 'subresource' | 'namespace' | 'name'>>,
): OpaqueValue {
  return (authorizer as CheckValue).with(resource, resourceCheckType);
}

const nonBlank = (what: string, text: string, make: () => CelValue): CelValue =>
  text.trim() === '' ? new CelError(`${what} must not be empty`) : make();
function serviceAccount(authorizer: CheckValue, namespace: string, name: string): CelValue {
  if (isDns1123Subdomain(name).length > 0) return new CelError('Invalid service account name');
  if (isDns1123Label(namespace).length > 0) return new CelError('Invalid service account namespace');
  return authorizer.with({ serviceAccount: { namespace, name } });
}
/** Sets one part of a check of a resource. */
const part = (id: string, name: keyof AuthorizationRequest): readonly Overload[] => [
  member(id, [resourceCheckType, t.string], resourceCheckType, (check: CheckValue, text: string) => check.with({ [name]: text })),
];
const check = (value: CheckValue, verb: string): CelValue => value.answers.ask({ ...value.request, verb });
const ofDecision = (id: string, result: CelType, get: (decision: AuthorizationDecision) => CelValue): readonly Overload[] => [
  member(id, [decisionType], result, (value: DecisionValue) => get(value.decision)),
];

export const authzLibrary: Library = {
  name: 'kubernetes.authz',
  functions: {
    path: [
      member('authorizer_path', [authorizerType, t.string], pathCheckType, (authorizer: CheckValue, path: string) =>
        nonBlank('path', path, () => authorizer.with({ path }, pathCheckType)),
      ),
    ],
    group: [
      member('authorizer_group', [authorizerType, t.string], groupCheckType, (authorizer: CheckValue, group: string) =>
        authorizer.with({ group }, groupCheckType),
      ),
    ],
    serviceAccount: [member('authorizer_serviceaccount', [authorizerType, t.string, t.string], authorizerType, serviceAccount)],
    resource: [
      member('groupcheck_resource', [groupCheckType, t.string], resourceCheckType, (group: CheckValue, resource: string) =>
        nonBlank('resource', resource, () => group.with({ resource }, resourceCheckType)),
      ),
    ],
    subresource: part('resourcecheck_subresource', 'subresource'),
    namespace: part('resourcecheck_namespace', 'namespace'),
    name: part('resourcecheck_name', 'name'),
    check: [
      member('pathcheck_check', [pathCheckType, t.string], decisionType, check),
      member('resourcecheck_check', [resourceCheckType, t.string], decisionType, check),
    ],
    errored: ofDecision('decision_errored', t.bool, ({ error }) => error !== undefined),
    error: ofDecision('decision_error', t.string, ({ error }) => error ?? ''),
    allowed: ofDecision('decision_allowed', t.bool, ({ allowed }) => allowed),
    reason: ofDecision('decision_reason', t.string, ({ reason }) => reason),
  },
};
export const authzSelectorsLibrary: Library = {
  name: 'kubernetes.authzSelectors',
  functions: {
    fieldSelector: part('authorizer_fieldselector', 'fieldSelector'),
    labelSelector: part('authorizer_labelselector', 'labelSelector'),
  },
};
