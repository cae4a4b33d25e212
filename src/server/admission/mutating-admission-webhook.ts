import { DecodeFailure } from '../../api/decode.ts';
import { goQuote } from '../../api/go-text.ts';
import { parseJson } from '../../api/json.ts';
import { type AnyKind, apiVersionOf, type Draft } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { applyJsonPatch } from '../../api/patch-json.ts';
import { internalError, StatusError } from '../../api/status.ts';
import { sameJson } from '../../base/equal.ts';
import { decodeBody, PatchedBody } from '../lib/decoding.ts';
import { copy } from '../lib/plain.ts';
import type { AdmissionContext, AdmissionPlugin, Reinvocation } from '../types.ts';
import { isAdmissionConfiguration } from './lib/admission-request.ts';
import { CallFailure, callHook, observedCall } from './lib/call-hook.ts';
import { replaceContent } from './lib/replace-content.ts';
import type { Candidate } from './lib/hook-index.ts';
import type { DynamicOptions } from './lib/dynamic-options.ts';
import { followedHooks } from './lib/followed-hooks.ts';
import { Rounds } from './lib/rounds.ts';
import { isCalled, NamespaceOfRequest } from './lib/selected-hooks.ts';
import { VersionedObjects } from './lib/versioned-objects.ts';

const name = 'MutatingAdmissionWebhook';

/** Asks webhooks one after the other, by name of their configurations; each sees what those before it made of the object. */
class Dispatch {
  readonly #context: AdmissionContext;
  readonly #reinvocation: Reinvocation;
  readonly #rounds: Rounds;
  readonly #versions: VersionedObjects;
  readonly #namespace: NamespaceOfRequest;
  readonly #deps: DynamicOptions;
  #isPatched = false;

  constructor(context: AdmissionContext, reinvocation: Reinvocation, deps: DynamicOptions) {
    this.#context = context;
    this.#reinvocation = reinvocation;
    this.#deps = deps;
    this.#versions = new VersionedObjects(context);
    this.#namespace = new NamespaceOfRequest(context);
    this.#rounds = Rounds.of(reinvocation, name);
  }
  async run(candidates: readonly Candidate[]): Promise<void> {
    const { isReinvocation } = this.#reinvocation;
    const { object } = this.#context;
    this.#rounds.begin(this.#reinvocation, object);
    for (const candidate of candidates) {
      const answer = isCalled(candidate, this.#context, this.#versions, this.#namespace, 'admit', this.#deps.observed);
      if (answer === false || !(await answer)) continue;
      if (isReinvocation && !this.#rounds.again.has(candidate.hook.id)) continue;
      await this.#ask(candidate);
    }
    if (this.#isPatched && this.#context.kind.custom !== undefined && this.#context.subresource !== 'scale') {
      replaceContent(
        object,
        attempt(() => read(this.#context.kind, object)),
      );
    }
    this.#rounds.last = copy(object);
  }
  async #ask(candidate: Candidate): Promise<void> {
    const { hook, index } = candidate;
    const { failurePolicy, reinvocationPolicy, name: webhook } = hook.webhook;
    const place = `round_${this.#reinvocation.isReinvocation ? 1 : 0}_index_${index}`;
    const about = { configuration: hook.configuration, webhook };
    const note = (mutated: boolean) =>
      this.#context.annotate(`mutation.webhook.admission.k8s.io/${place}`, JSON.stringify({ ...about, mutated }));
    const remember = () => void (reinvocationPolicy === 'IfNeeded' && this.#rounds.invoked.add(hook.id));
    try {
      const mutated = await observedCall(candidate, this.#context, 'admit', this.#deps, () =>
        this.#mutate(candidate, (patch) =>
          this.#context.annotate(
            `patch.webhook.admission.k8s.io/${place}`,
            JSON.stringify({ ...about, patch, patchType: 'JSONPatch' }),
            'Request',
          ),
        ),
      );
      note(mutated);
      if (mutated) {
        this.#rounds.changed();
        this.#reinvocation.demand();
      }
      remember();
    } catch (error) {
      note(false);
      if (!(error instanceof CallFailure)) throw error;
      if (failurePolicy !== 'Ignore') throw error.toStatus();
      remember();
      this.#context.deps.log.warn('failed calling a webhook; failing open', { webhook, error: error.message });
      this.#context.annotate(`failed-open.mutation.webhook.admission.k8s.io/${place}`, webhook);
    }
  }
  async #mutate(candidate: Candidate, notePatch: (patch: unknown) => void): Promise<boolean> {
    const { hook, kind } = candidate;
    const versioned = await this.#versions.as(kind);
    const { patch: text, patchType } = await callHook(candidate, this.#context, versioned, true, this.#deps);
    if (text === undefined) return false;
    const patch = readPatch(text, hook.webhook.name);
    if (patch.length === 0) return false;
    if (versioned.object === null) {
      const what = `admission webhook ${goQuote(hook.webhook.name)} attempted to modify the object`;
      throw internalError(`${what}, which is not supported for this operation`);
    }
    if (patchType !== 'JSONPatch') throw new CallFailure(hook.webhook.name, `unsupported patch type ${goQuote(patchType)}`);
    const mutated = await this.#apply(versioned.object, kind, patch);
    notePatch(patch);
    return mutated;
  }
  async #apply(object: ApiObject, kind: AnyKind, patch: readonly unknown[]): Promise<boolean> {
    const made = attempt(() => applyJsonPatch(object, patch));
    const read = attempt(() => decodedAs(kind, object, made));
    const { object: draft, kind: own, deps } = this.#context;
    const mutated = !sameJson(object, read);
    replaceContent(draft, kind === own ? read : copy(await deps.resources.convert(read, kind, own)));
    this.#versions.forget();
    this.#isPatched = true;
    return mutated;
  }
}

/** Whatever is wrong with what a webhook made is the server's failure. */
function attempt<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof DecodeFailure) throw internalError(error.why);
    if (!(error instanceof StatusError)) throw error;
    throw internalError(error.cause instanceof Error ? error.cause.message : error.message);
  }
}
function readPatch(text: string, webhook: string): readonly unknown[] {
  let patch: unknown;
  try {
    patch = parseJson(Buffer.from(text)).value;
  } catch (error) {
    throw new CallFailure(webhook, `received undecodable patch in webhook response: ${(error as Error).message}`);
  }
  if (patch === null) return [];
  if (Array.isArray(patch)) return patch;
  const what = typeof patch === 'object' ? 'object' : typeof patch;
  const why = `json: cannot unmarshal ${what} into Go value of type jsonpatch.Patch`;
  throw new CallFailure(webhook, `received undecodable patch in webhook response: ${why}`);
}

/** The patched object as the kind reads it, defaulted. */
function decodedAs(kind: AnyKind, before: ApiObject, made: unknown): Draft<ApiObject> {
  const isOther = before.kind !== kind.kind || before.apiVersion !== apiVersionOf(kind);
  if (!isOther && kind.custom === undefined) return read(kind, made);
  // What belongs to a subresource (Scale, options of exec) is as it is; custom resources are pruned when all webhooks were heard.
  const draft = copy(made) as Draft<ApiObject>;
  if (!isOther) kind.strategy.defaults?.(draft);
  return draft;
}
const read = (kind: AnyKind, made: unknown) => decodeBody(kind, new PatchedBody(made), { fieldValidation: 'Ignore' }, () => undefined);

/** Has webhooks change objects (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/). */
export function mutatingAdmissionWebhook(options: DynamicOptions): AdmissionPlugin {
  const hooks = followedHooks('MutatingWebhookConfiguration', options);
  return {
    name,
    mutate(context, reinvocation) {
      if (isAdmissionConfiguration(context.kind)) return;
      const run = async () => {
        await hooks.ready;
        const candidates = hooks.index.candidates(context.operation, context.kind, context.subresource);
        if (candidates.length > 0) await new Dispatch(context, reinvocation, options).run(candidates);
      };
      if (!hooks.isReady) return run();
      return hooks.index.candidates(context.operation, context.kind, context.subresource).length === 0 ? undefined : run();
    },
  };
}
