import { type AnyKind, apiVersionOf, type CustomVersion, kindId } from '../api/kind.ts';
import type { ApiObject } from '../api/meta.ts';
import { asDeclared } from '../api/order.ts';
import { asVersion, coerceCustom, readStored } from '../api/structural/objects.ts';
import { unknownError } from '../api/status.ts';
import type { KindIndex } from './types.ts';

/** How a served kind maps to the kind it is stored as. Both directions are pure. */
export interface Conversion {
  readonly toStored: (object: ApiObject) => ApiObject;
  readonly fromStored: (object: ApiObject) => ApiObject;
}
/** Asks somebody else for objects in the version of `kind`, which they are not of yet, in the same order. */
export type Converter = (kind: AnyKind, objects: readonly ApiObject[]) => Promise<readonly ApiObject[]>;

export interface Conversions {
  /** The kind under which objects of `kind` are stored; itself, usually. */
  storedKind(kind: AnyKind): AnyKind;
  toStored(kind: AnyKind, object: ApiObject): ApiObject | Promise<ApiObject>;
  /** undefined: stored objects are shown as they are. The same object gives the same result. */
  view(kind: AnyKind): ((stored: ApiObject) => ApiObject) | undefined;
  /** The object in another version of its kind; shares nothing that could be changed with what was given, unless it is that. */
  convert(object: ApiObject, from: AnyKind, to: AnyKind): Promise<ApiObject>;
  /** What the view must be given first: it converts by asking somebody else. undefined: it needs nothing. */
  prepare(kind: AnyKind): ((stored: readonly ApiObject[]) => Promise<void>) | undefined;
}

/** Without a conversion of its own a kind differs from its stored form by apiVersion and kind only. */
export function createConversions(
  kinds: KindIndex,
  special: ReadonlyMap<string, Conversion> = new Map(),
  converter?: Converter,
): Conversions {
  const views = new WeakMap<AnyKind, (object: ApiObject) => ApiObject>();
  const customs = new WeakMap<AnyKind, CustomView>();
  const storedKind = (kind: AnyKind): AnyKind => {
    if (kind.custom !== undefined) return kind.custom.versions.get(kind.custom.storage) ?? kind;
    return kind.storedAs === undefined ? kind : (kinds.byKind(kind.storedAs.group, kind.storedAs.kind) ?? kind);
  };
  const named = (kind: AnyKind, { kind: _kind, apiVersion: _apiVersion, ...object }: ApiObject): ApiObject =>
    asDeclared(kind, { kind: kind.kind, apiVersion: apiVersionOf(kind), ...object } as ApiObject);
  const customOf = (kind: AnyKind, custom: CustomVersion): CustomView => {
    let view = customs.get(kind);
    if (view === undefined) {
      view = new CustomView(kind, custom, converter);
      customs.set(kind, view);
    }
    return view;
  };
  return {
    storedKind,
    toStored(kind, object) {
      const stored = storedKind(kind);
      if (kind.custom !== undefined) return toStoredCustom(kind, stored, object, converter);
      if (stored === kind) return object;
      return named(stored, special.get(kindId(kind))?.toStored(object) ?? object);
    },
    view(kind) {
      if (kind.custom !== undefined) return customOf(kind, kind.custom).show;
      if (storedKind(kind) === kind) return undefined;
      let view = views.get(kind);
      if (view === undefined) {
        const convert = special.get(kindId(kind))?.fromStored;
        view = memoized((object) => named(kind, convert?.(object) ?? object));
        views.set(kind, view);
      }
      return view;
    },
    async convert(object, from, to) {
      if (from === to) return object;
      if (to.custom !== undefined) {
        const isForeign = to.custom.conversion.strategy === 'Webhook';
        const converted = isForeign ? (await ask(converter, to, [object]))[0]! : asVersion(to, object);
        return coerceCustom(to.custom, converted);
      }
      const stored = special.get(kindId(from))?.toStored(object) ?? object;
      return named(to, special.get(kindId(to))?.fromStored(stored) ?? stored);
    },
    prepare: (kind) => (kind.custom?.conversion.strategy === 'Webhook' ? customOf(kind, kind.custom).prepare : undefined),
  };
}

function memoized(make: (object: ApiObject) => ApiObject): (object: ApiObject) => ApiObject {
  const made = new WeakMap<ApiObject, ApiObject>();
  return (object) => {
    let shown = made.get(object);
    if (shown === undefined) {
      shown = make(object);
      made.set(object, shown);
    }
    return shown;
  };
}

async function ask(converter: Converter | undefined, kind: AnyKind, objects: readonly ApiObject[]): Promise<readonly ApiObject[]> {
  if (converter === undefined) throw unknownError('conversion webhooks are not available');
  return await converter(kind, objects);
}

async function toStoredCustom(kind: AnyKind, stored: AnyKind, object: ApiObject, converter: Converter | undefined): Promise<ApiObject> {
  if (stored === kind) return coerceCustom(stored.custom!, object);
  const isForeign = kind.custom!.conversion.strategy === 'Webhook';
  const converted = isForeign ? (await ask(converter, stored, [object]))[0]! : asVersion(stored, object);
  return coerceCustom(stored.custom!, converted);
}

/** Custom resources as one version shows them. Objects in other versions that a webhook converts are fetched by `prepare`. */
class CustomView {
  readonly #kind: AnyKind;
  readonly #custom: CustomVersion;
  readonly #converter: Converter | undefined;
  readonly #fetched = new WeakMap<ApiObject, Promise<ApiObject>>();
  readonly #converted = new WeakMap<ApiObject, ApiObject>();
  readonly show: (stored: ApiObject) => ApiObject;
  readonly prepare: (stored: readonly ApiObject[]) => Promise<void>;

  constructor(kind: AnyKind, custom: CustomVersion, converter: Converter | undefined) {
    this.#kind = kind;
    this.#custom = custom;
    this.#converter = converter;
    this.show = memoized((stored) => this.#show(stored));
    this.prepare = (stored) => this.#prepare(stored);
  }
  /** The object as its own version reads it. */
  #read(stored: ApiObject): ApiObject {
    const version = stored.apiVersion.slice(stored.apiVersion.indexOf('/') + 1);
    const source = this.#custom.versions.get(version)?.custom;
    if (source === undefined) throw unknownError(`request to convert CR from an invalid group/version: ${stored.apiVersion}`);
    return readStored(source, stored);
  }
  #isOther(stored: ApiObject): boolean {
    return stored.apiVersion !== apiVersionOf(this.#kind);
  }
  #show(stored: ApiObject): ApiObject {
    if (!this.#isOther(stored)) return this.#read(stored);
    if (this.#custom.conversion.strategy === 'None') return coerceCustom(this.#custom, asVersion(this.#kind, this.#read(stored)));
    const converted = this.#converted.get(stored);
    if (converted === undefined) throw new Error('an object is shown that was not prepared');
    return converted;
  }
  async #prepare(stored: readonly ApiObject[]): Promise<void> {
    const missing = stored.filter((object) => this.#isOther(object) && !this.#fetched.has(object));
    if (missing.length > 0) this.#fetch(missing);
    await Promise.all(stored.flatMap((object) => this.#fetched.get(object) ?? []));
  }
  #fetch(objects: readonly ApiObject[]): void {
    const all = (async () =>
      await ask(
        this.#converter,
        this.#kind,
        objects.map((object) => this.#read(object)),
      ))();
    for (const [index, object] of objects.entries()) {
      const one = all.then((converted) => {
        const shown = coerceCustom(this.#custom, converted[index]!);
        this.#converted.set(object, shown);
        return shown;
      });
      one.catch(() => this.#fetched.delete(object));
      this.#fetched.set(object, one);
    }
  }
}
