import type { ApiObject } from '../../../api/meta.ts';
import { type LabelMatcher, type Labels, matchesEverything } from '../../../api/selector.ts';
import { forbidden, notFound } from '../../../api/status.ts';
import type { AdmissionContext } from '../../types.ts';
import { admissionRequest, isNamespace, requestKind, requestNamespace, requestResource, type TypeName } from './admission-request.ts';
import { bindingsOf } from './evaluation.ts';
import type { Candidate } from './hook-index.ts';
import { conditionsHold } from './match-conditions.ts';
import type { AdmissionMetrics, ConditionObserver, HookType } from './metrics.ts';
import type { VersionedObjects } from './versioned-objects.ts';

const selectsAll = (selector: LabelMatcher) => selector === matchesEverything;

/** Labels of the namespace that a request is in, read when first asked for. */
export class NamespaceOfRequest {
  readonly #context: AdmissionContext;
  #namespace: Promise<ApiObject> | undefined;
  #labels: { readonly known: Labels } | undefined;
  constructor(context: AdmissionContext) {
    this.#context = context;
  }
  get hasNone(): boolean {
    return this.#context.namespace === '' && !isNamespace(this.#context.kind);
  }
  /** Throws NotFound. */
  read(): Promise<ApiObject> {
    this.#namespace ??= this.#read();
    return this.#namespace;
  }
  async #read(): Promise<ApiObject> {
    const { deps } = this.#context;
    const name = requestNamespace(this.#context);
    const kind = deps.resources.kinds.byKind('', 'Namespace');
    const found = kind === undefined ? undefined : await deps.resources.get(kind, { name });
    if (found === undefined) throw notFound({ group: '', resource: 'namespaces' }, name);
    return found;
  }
  get #isItself(): boolean {
    const { kind, subresource, operation } = this.#context;
    return isNamespace(kind) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
  }
  /** What is in no namespace is never left out. At once, when the namespace is known or does not matter. */
  isSelected(selector: LabelMatcher): boolean | Promise<boolean> {
    if (this.hasNone || selectsAll(selector)) return true;
    if (this.#isItself) return selector.matches(this.#context.object?.metadata?.labels);
    if (this.#labels !== undefined) return selector.matches(this.#labels.known);
    return this.read().then(({ metadata: { labels } }) => {
      this.#labels = { known: labels };
      return selector.matches(labels);
    });
  }
}

/** Whether the object, as it is to be or as it was, has the labels. */
export function isObjectSelected({ object, old }: Pick<AdmissionContext, 'object' | 'old'>, selector: LabelMatcher): boolean {
  return selectsAll(selector) || [object, old].some((one) => one?.metadata !== undefined && selector.matches(one.metadata.labels));
}

/** The type that a webhook or policy is shown: of the kind its rule matched, unless the subresource has a type of its own. */
export function shownKind(context: AdmissionContext, { group, version, kind }: TypeName): TypeName {
  const own = requestKind(context);
  const { kind: resource } = context;
  const isResource = own.group === resource.group && own.version === resource.version && own.kind === resource.kind;
  return isResource ? { group, version, kind } : own;
}

/** Whether a webhook whose rules match is to be called (k8s.io/apiserver webhook.ShouldCallHook); at once, where nothing has to be asked for. */
export function isCalled(
  candidate: Candidate,
  context: AdmissionContext,
  versions: VersionedObjects,
  namespace: NamespaceOfRequest,
  type: HookType,
  observed: AdmissionMetrics,
): boolean | Promise<boolean> {
  const { hook } = candidate;
  // First, since a namespace that is not there counts only where the object is selected.
  if (!isObjectSelected(context, hook.objects)) return false;
  const isWithin = namespace.isSelected(hook.namespaces);
  if (isWithin === false || (isWithin === true && hook.conditions.length === 0)) return isWithin;
  return meetsConditions(candidate, context, versions, isWithin, () =>
    observed.conditions(hook.webhook.name, 'webhook', type, context.operation),
  );
}
async function meetsConditions(
  { hook, kind }: Candidate,
  context: AdmissionContext,
  versions: VersionedObjects,
  isWithin: boolean | Promise<boolean>,
  observer: () => ConditionObserver,
): Promise<boolean> {
  if (!(await isWithin)) return false;
  if (hook.conditions.length === 0) return true;
  const request = admissionRequest(context, shownKind(context, kind), requestResource(context.kind));
  const bindings = bindingsOf(context, { versioned: await versions.as(kind), request });
  const verdict = await conditionsHold(hook.conditions, bindings, hook.webhook.failurePolicy ?? 'Fail', {
    ...observer(),
    clock: context.deps.clock,
  });
  if (verdict.error !== undefined) {
    throw forbidden({ group: context.kind.group, resource: context.kind.plural }, context.name, verdict.error);
  }
  return verdict.matches;
}
