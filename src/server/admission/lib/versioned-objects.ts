import { type AnyKind, apiVersionOf, isBuiltIn, isStored, messageShape } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { withNulls } from '../../../api/shown-nulls.ts';
import { internalError, StatusError } from '../../../api/status.ts';
import { copy } from '../../lib/plain.ts';
import type { AdmissionContext } from '../../types.ts';

/** null: the operation has none. */
export interface Versioned {
  readonly object: ApiObject | null;
  readonly old: ApiObject | null;
}

/** The objects of a request as other versions of their kind show them, with upstream's nulls. */
export class VersionedObjects {
  readonly #context: AdmissionContext;
  readonly #made = new Map<AnyKind, Promise<Versioned> | Versioned>();

  constructor(context: AdmissionContext) {
    this.#context = context;
  }
  as(kind: AnyKind): Promise<Versioned> | Versioned {
    let versioned = this.#made.get(kind);
    if (versioned === undefined) {
      versioned = kind === this.#context.kind ? this.#own() : this.#convert(kind);
      this.#made.set(kind, versioned);
    }
    return versioned;
  }
  /** The request's object was changed. */
  forget(): void {
    this.#made.clear();
  }
  #own(): Versioned {
    const { object, old } = this.#context;
    return { object: this.#shown(object), old: this.#shown(old) };
  }
  #shown(object: ApiObject | undefined): ApiObject | null {
    if (object === undefined) return null;
    const { kind } = this.#context;
    const isOwn = object.kind === kind.kind && object.apiVersion === apiVersionOf(kind);
    return isOwn && isBuiltIn(kind) ? withNulls(object, messageShape(kind), isStored(kind)) : object;
  }
  async #convert(to: AnyKind): Promise<Versioned> {
    const { object, old, kind, deps } = this.#context;
    const one = async (given: ApiObject | undefined): Promise<ApiObject | null> => {
      if (given === undefined) return null;
      // What belongs to a subresource has one version only.
      if (given.kind !== kind.kind || given.apiVersion !== apiVersionOf(kind)) return given;
      const converted = await deps.resources.convert(copy(given), kind, to);
      return isBuiltIn(to) ? withNulls(converted, messageShape(to), isStored(to)) : converted;
    };
    try {
      return { object: await one(object), old: await one(old) };
    } catch (error) {
      throw error instanceof StatusError ? internalError(error.message) : error;
    }
  }
}
