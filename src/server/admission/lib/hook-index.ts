import type { AnyKind } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { type LabelMatcher, labelSelectorMatcher } from '../../../api/selector.ts';
import type { ConfigurationLike } from '../../../kinds/admissionregistration/lib/webhooks.ts';
import type { Follower } from '../../authz/follow.ts';
import type { KindIndex, Operation } from '../../types.ts';
import { Candidates } from './candidates.ts';
import type { Expression } from './evaluation.ts';
import { compileConditions } from './match-conditions.ts';
import { matchedKind } from './request-rules.ts';

export type Webhook = NonNullable<ConfigurationLike['webhooks']>[number];

/** One webhook, ready to be asked about requests. */
export class Hook {
  /** Tells webhooks of the same name apart. */
  readonly id: string;
  readonly configuration: string;
  readonly webhook: Webhook;
  readonly namespaces: LabelMatcher;
  readonly objects: LabelMatcher;
  #conditions: readonly Expression[] | undefined;

  constructor(id: string, configuration: string, webhook: Webhook) {
    this.id = id;
    this.configuration = configuration;
    this.webhook = webhook;
    this.namespaces = labelSelectorMatcher(webhook.namespaceSelector);
    this.objects = labelSelectorMatcher(webhook.objectSelector);
  }
  /** Compiled when first needed. */
  get conditions(): readonly Expression[] {
    this.#conditions ??= compileConditions(this.webhook.matchConditions ?? [], false);
    return this.#conditions;
  }
}
/** A webhook whose rules match, and the kind to show it the request in. */
export interface Candidate {
  readonly hook: Hook;
  /** Its place among all webhooks. */
  readonly index: number;
  readonly kind: AnyKind;
}

function hooksOf(configuration: ApiObject): readonly Hook[] {
  const { name } = configuration.metadata;
  const counts = new Map<string, number>();
  return ((configuration as ConfigurationLike).webhooks ?? []).map((webhook) => {
    const count = counts.get(webhook.name) ?? 0;
    counts.set(webhook.name, count + 1);
    return new Hook(`${name}/${webhook.name}/${count}`, name, webhook);
  });
}

/** The webhooks of all configurations, by the configurations' names; which rules match what is worked out once. */
export class HookIndex implements Follower {
  readonly #byConfiguration = new Map<string, readonly Hook[]>();
  readonly #candidates: Candidates<Candidate>;
  #all: readonly Hook[] | undefined;

  constructor(kinds: KindIndex) {
    this.#candidates = new Candidates(kinds, (operation, kind, subresource, equivalents) =>
      this.#hooks().flatMap((hook, index) => {
        const matched = matchedKind(hook.webhook, operation, kind, subresource, equivalents);
        return matched === undefined ? [] : [{ hook, index, kind: matched }];
      }),
    );
  }
  reset(objects: readonly ApiObject[]): void {
    this.#byConfiguration.clear();
    for (const object of objects) this.#byConfiguration.set(object.metadata.name, hooksOf(object));
    this.#changed();
  }
  put(object: ApiObject): void {
    this.#byConfiguration.set(object.metadata.name, hooksOf(object));
    this.#changed();
  }
  remove(object: ApiObject): void {
    this.#byConfiguration.delete(object.metadata.name);
    this.#changed();
  }
  #changed(): void {
    this.#all = undefined;
    this.#candidates.clear();
  }
  #hooks(): readonly Hook[] {
    this.#all ??= [...this.#byConfiguration.keys()].sort().flatMap((name) => this.#byConfiguration.get(name)!);
    return this.#all;
  }
  /** Webhooks with a rule that matches, in their order. */
  candidates(operation: Operation, kind: AnyKind, subresource: string): readonly Candidate[] {
    if (this.#byConfiguration.size === 0) return [];
    return this.#candidates.of(operation, kind, subresource);
  }
}
