import { type AnyKind, apiVersionOf, kindId } from '../api/kind.ts';
import type { ApiObject } from '../api/meta.ts';
import type { KindIndex } from './types.ts';

/** How a served kind maps to the kind it is stored as. Both directions are pure. */
export interface Conversion {
  readonly toStored: (object: ApiObject) => ApiObject;
  readonly fromStored: (object: ApiObject) => ApiObject;
}

export interface Conversions {
  /** The kind under which objects of `kind` are stored; itself, usually. */
  storedKind(kind: AnyKind): AnyKind;
  toStored(kind: AnyKind, object: ApiObject): ApiObject;
  /** undefined: stored objects are shown as they are. The same object gives the same result. */
  view(kind: AnyKind): ((object: ApiObject) => ApiObject) | undefined;
}

/** Without a conversion of its own a kind differs from its stored form by apiVersion and kind only. */
export function createConversions(kinds: KindIndex, special: ReadonlyMap<string, Conversion> = new Map()): Conversions {
  const views = new WeakMap<AnyKind, (object: ApiObject) => ApiObject>();
  const storedKind = (kind: AnyKind): AnyKind =>
    kind.storedAs === undefined ? kind : (kinds.byKind(kind.storedAs.group, kind.storedAs.kind) ?? kind);
  const named = (kind: AnyKind, object: ApiObject): ApiObject => ({ ...object, apiVersion: apiVersionOf(kind), kind: kind.kind });
  return {
    storedKind,
    toStored(kind, object) {
      const stored = storedKind(kind);
      if (stored === kind) return object;
      return named(stored, special.get(kindId(kind))?.toStored(object) ?? object);
    },
    view(kind) {
      if (storedKind(kind) === kind) return undefined;
      let view = views.get(kind);
      if (view === undefined) {
        const made = new WeakMap<ApiObject, ApiObject>();
        const convert = special.get(kindId(kind))?.fromStored;
        view = (object) => {
          let shown = made.get(object);
          if (shown === undefined) {
            shown = named(kind, convert?.(object) ?? object);
            made.set(object, shown);
          }
          return shown;
        };
        views.set(kind, view);
      }
      return view;
    },
  };
}
