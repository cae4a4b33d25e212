import type { ApiObject } from '../../../api/meta.ts';
import { nextTurn } from '../../../base/turn.ts';
import {
  type AuthorizationDecision,
  type AuthorizationRequest,
  authorizerValue,
  type Bindings,
  type CelValue,
  CelError,
  LazyMap,
  requestResourceValue,
} from '../../../cel/index.ts';
import type { CompiledExpression } from '../../../kinds/admissionregistration/lib/expressions.ts';
import type { AdmissionContext, Attributes } from '../../types.ts';
import { requestNamespace } from './admission-request.ts';
import type { Versioned } from './versioned-objects.ts';

/** Runs expressions of webhooks and policies (k8s.io/apiserver pkg/admission/plugin/cel). */
export interface Variables {
  readonly versioned: Versioned;
  /** Variable `request`: see admissionRequest. */
  readonly request: object;
  /** Variable `namespaceObject`; null: there is none. */
  readonly namespace?: ApiObject | null;
  readonly params?: ApiObject | null;
}

/** Values of the variables; `more` stands beside them. */
export function bindingsOf(context: AdmissionContext, { versioned, request, namespace = null, params = null }: Variables): Bindings {
  const authorizer = authorizerValue((question) => answer(context, question));
  const { group, plural } = context.kind;
  const asked = { group, resource: plural, subresource: context.subresource };
  return {
    object: versioned.object,
    oldObject: versioned.old,
    request,
    namespaceObject: namespace === null ? null : namespaceVariable(namespace),
    params,
    authorizer,
    'authorizer.requestResource': () =>
      requestResourceValue(authorizer, { ...asked, namespace: requestNamespace(context), name: context.name }),
  };
}
/** A namespace without its managed fields and owners. */
function namespaceVariable(namespace: ApiObject): object {
  const { managedFields: _, ownerReferences: __, ...metadata } = namespace.metadata;
  const { apiVersion: ___, kind: ____, ...rest } = namespace;
  return { ...rest, metadata };
}

async function answer({ identity, deps }: AdmissionContext, question: AuthorizationRequest): Promise<AuthorizationDecision> {
  const { serviceAccount, verb, path = '', group = '', resource = '', subresource = '', namespace = '', name = '' } = question;
  const who =
    serviceAccount === undefined
      ? identity
      : {
          user: `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${serviceAccount.namespace}`, 'system:authenticated'],
        };
  const isResource = question.path === undefined;
  const attributes: Attributes = {
    identity: who,
    verb,
    group,
    version: isResource ? '*' : '',
    resource,
    subresource,
    namespace,
    name,
    path,
    isResource,
    ...(question.fieldSelector === undefined ? {} : { fieldSelector: question.fieldSelector }),
    ...(question.labelSelector === undefined ? {} : { labelSelector: question.labelSelector }),
  };
  try {
    const { decision, reason } = await deps.authorize(attributes);
    return { allowed: decision === 'allow', reason };
  } catch (error) {
    return { allowed: false, reason: '', error: (error as Error).message };
  }
}

export type Outcome = { readonly value: CelValue; readonly error?: undefined } | { readonly value?: undefined; readonly error: string };

/** The budget is used up: nothing more is evaluated. */
export class OutOfBudget extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

/** Cost after which others get their turn: about 5 ms. */
const costPerTurn = 100_000;

/** What expressions of one webhook or policy may cost together. */
export class Budget {
  #left: number;
  #owed = 0;
  #sinceTurn = 0;
  constructor(limit: number) {
    this.#left = limit;
  }
  /** What was used on the way to a result; counted when that is there. */
  owe(cost: number): void {
    this.#owed += cost;
  }
  /** Throws OutOfBudget. */
  spend(cost: number): void {
    const all = cost + this.#owed;
    this.#owed = 0;
    this.#sinceTurn += all;
    if (all > this.#left) throw new OutOfBudget();
    this.#left -= all;
  }
  async pause(): Promise<void> {
    if (this.#sinceTurn < costPerTurn) return;
    this.#sinceTurn = 0;
    await nextTurn();
  }
}

export interface Expression {
  readonly text: string;
  readonly compiled: CompiledExpression;
}
/** Evaluates one expression. Throws OutOfBudget. */
export async function evaluate({ text, compiled }: Expression, bindings: Bindings, budget: Budget): Promise<Outcome> {
  if (compiled.program === undefined) return { error: `compilation error: ${compiled.fault}` };
  await budget.pause();
  const { value, error, cost } = await compiled.program.evaluateAsync(bindings);
  budget.spend(cost);
  return error === undefined ? { value } : { error: `expression '${text}' resulted in error: ${error.message}` };
}

export interface NamedExpression extends Expression {
  readonly name: string;
}
/** The bindings with `variables`: each is computed when it is first read, at the cost of who reads it. */
export function composed(bindings: Bindings, variables: readonly NamedExpression[], budget: Budget): Bindings {
  if (variables.length === 0) return bindings;
  const map = new LazyMap();
  const all: Bindings = { ...bindings, variables: map };
  for (const { name, compiled } of variables) {
    map.add(name, () => {
      if (compiled.program === undefined) return new CelError(`composited variable "${name}" fails to compile: ${compiled.fault}`);
      const { value, error, cost } = compiled.program.evaluate(all);
      budget.owe(cost);
      return error === undefined ? value : new CelError(`composited variable "${name}" fails to evaluate: ${error.message}`);
    });
  }
  return all;
}
