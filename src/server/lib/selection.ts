import { goQuote } from '../../api/go-text.ts';
import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { type FieldTerm, parseFieldSelector, parseLabelSelector } from '../../api/selector.ts';
import { badRequest } from '../../api/status.ts';
import type { CallOptions } from '../../client/call.ts';

/** Which objects of a kind a list or watch is about. */
export interface Selection {
  /** Only this namespace. */
  readonly namespace: string | undefined;
  /** Only this name. */
  readonly name: string | undefined;
  /** Absent: everything in the namespace. */
  readonly match: ((object: ApiObject) => boolean) | undefined;
  /** What an index finds for it; absent: there is none for this selection. */
  readonly indexed?: ((object: ApiObject) => boolean) | undefined;
  /** True when no selector was given. */
  readonly everything: boolean;
}

/** Throws BadRequest for selectors that cannot be read and fields the kind cannot be selected by. */
export function selectionOf(kind: AnyKind, namespace: string | undefined, options: CallOptions): Selection {
  const labels = options.labelSelector ? parseLabelSelector(options.labelSelector) : undefined;
  const terms = fieldTerms(options);
  const tests = terms.map((term) => fieldTest(kind, term));
  if (labels !== undefined && labels.text !== '') tests.push((object) => labels.matches(object.metadata.labels));
  const exactTerm = (field: string | undefined) => terms.find((term) => term.field === field && !term.negated);
  const exact = (field: string) => exactTerm(field)?.value;
  const indexed = exactTerm(kind.strategy.indexedField);
  const name = exact('metadata.name');
  return {
    namespace: namespace ?? (kind.scope === 'Namespaced' ? exact('metadata.namespace') || undefined : undefined),
    name: name === '' ? undefined : name,
    match: tests.length === 0 ? undefined : tests.length === 1 ? tests[0] : (object) => tests.every((test) => test(object)),
    indexed: indexed && fieldTest(kind, indexed),
    everything: tests.length === 0,
  };
}

/** What fields are to be; a term of no field and no value says nothing. Throws BadRequest for what can't be read. */
export const fieldTerms = ({ fieldSelector }: CallOptions): readonly FieldTerm[] =>
  fieldSelector ? parseFieldSelector(fieldSelector).filter(({ field, value }) => field !== '' || value !== '') : [];
function fieldTest(kind: AnyKind, { field, negated, value }: FieldTerm): (object: ApiObject) => boolean {
  const read = reader(kind, field);
  return negated ? (object) => read(object) !== value : (object) => read(object) === value;
}
/** Kinds that have words of their own for it. */
const notSelectable: Readonly<Record<string, (field: string) => string>> = {
  Job: (field) => `field label ${goQuote(field)} not supported for Job`,
  ResourceSlice: (field) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
};
function reader(kind: AnyKind, field: string): (object: ApiObject) => string {
  if (field === 'metadata.name') return (object) => object.metadata.name;
  const own = kind.strategy.selectableFields;
  if (field === 'metadata.namespace' && (kind.scope === 'Namespaced' || own === undefined))
    return (object) => object.metadata.namespace ?? '';
  if (own !== undefined && Object.hasOwn(own, field)) return own[field]!;
  if (own !== undefined) throw badRequest(notSelectable[kind.kind]?.(field) ?? `field label not supported: ${field}`);
  throw badRequest(`${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
}
