import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { checkStructural, structuralFault } from '../../../api/structural/check.ts';
import { hasDefault, pruneDefaults } from '../../../api/structural/check-defaults.ts';
import { isEmbedded, isIntOrString, type JsonSchema, someSchema } from '../../../api/structural/json-schema.ts';
import { sameJson } from '../../../base/equal.ts';
import type {
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionStatus,
  CustomResourceValidation,
} from '../shapes/custom-resource-definition.ts';
import { named } from '../../lib/validate.ts';
import { approvalOf, approvedAnnotation, isProtectedGroup } from './approval.ts';
import { caBundleFault } from './ca-bundle.ts';
import { expressionsOf } from './check-rules.ts';
import { isConditionTrue } from './conditions.ts';
import { allSchemas, type InternalSpec, internalSpec, schemaOf, shownVersions } from './internal.ts';
import { speaksReview, validateConversion } from './validate-conversion.ts';
import { hasLooseSet, hasUnknownType, hasUnsafeMapKeys, type SchemaRules, validateSchema } from './validate-schema.ts';
import {
  hasTooMany,
  validateColumns,
  validateDeprecation,
  validateNames,
  validateSelectableFields,
  validateSubresources,
} from './validate-version.ts';

/** What is wrong with a CustomResourceDefinition (pkg/apis/apiextensions/validation upstream). */
export interface Definition extends ApiObject {
  readonly spec: CustomResourceDefinitionSpec;
  readonly status: CustomResourceDefinitionStatus;
}
type Errors = Generator<FieldError>;

export function* validateDefinition(definition: Definition, { old, subresource, found = [] }: ValidationContext<Definition>): Errors {
  if (subresource === 'status') return yield* validateNames(definition.status.acceptedNames, 'status.acceptedNames');
  const { metadata } = definition;
  const spec = internalSpec(definition.spec);
  const before = old === undefined ? undefined : internalSpec(old.spec);
  for (const field of ['generateName', 'name'] as const) {
    const name = metadata[field];
    yield* found.filter(({ path }) => path === `metadata.${field}`);
    if (old === undefined && name && name !== `${spec.names.plural}.${spec.group}`)
      yield fieldError.invalid(`metadata.${field}`, name, 'must be spec.names.plural+"."+spec.group');
  }
  yield* found.filter(({ path }) => path !== 'metadata.generateName' && path !== 'metadata.name');
  yield* validateSpec(spec, rulesFor(spec, before, old));
  if (before !== undefined) yield* validateImmutable(spec, before, isConditionTrue(old!, 'Established'));
  yield* validateNames(definition.status.acceptedNames, 'status.acceptedNames');
  yield* validateStoredVersions(definition);
  yield* validateApproval(definition, old);
  if (spec.preserveUnknownFields === true && before?.preserveUnknownFields !== true) {
    const why = 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    yield fieldError.invalid('spec.preserveUnknownFields', true, why);
  }
}

interface Rules extends Omit<SchemaRules, 'hasStatus' | 'isUnchanged'> {
  readonly unchangedVersions: ReadonlySet<string>;
  readonly mustHaveSchema: boolean;
  readonly needsKnownReview: boolean;
  readonly allowsInvalidCaBundle: boolean;
  /** Names of versions ('' is what they have in common) that may select by more fields than is allowed. */
  readonly allowsManySelectable: ReadonlySet<string>;
}
/** What an update may break is what the stored definition broke already. */
function rulesFor(spec: InternalSpec, before: InternalSpec | undefined, old: Definition | undefined): Rules {
  const had = (has: (schema: JsonSchema) => boolean) => before !== undefined && allSchemas(before).some(has);
  const hadWithin = (has: (schema: JsonSchema) => boolean) => had((schema) => someSchema(schema, has));
  const extensions = allSchemas(spec).some((schema) => someSchema(schema, hasExtensions));
  const defaults = allSchemas(spec).some(hasDefault);
  return {
    mustHaveSchema: before === undefined || hasSchemas(before),
    mustBeStructural: spec.preserveUnknownFields !== true || defaults || extensions || !had(isNotStructural),
    mustHaveKnownTypes: !hadWithin(hasUnknownType),
    mustHavePrunedDefaults: !had((schema) => !isNotStructural(schema) && !sameJson(pruneDefaults(schema), schema)),
    mustHaveAtomicSets: !hadWithin(hasLooseSet),
    mustHaveSafeMapKeys: !hadWithin(hasUnsafeMapKeys),
    needsKnownReview: !before?.conversion?.conversionReviewVersions.length || speaksReview(before.conversion.conversionReviewVersions),
    allowsInvalidCaBundle: old === undefined || !isConditionTrue(old, 'Established') || hadInvalidCaBundle(before),
    allowsManySelectable: manySelectable(spec, before),
    known: expressionsOf(before === undefined ? [] : allSchemas(before)),
    unchangedVersions: new Set(
      spec.versions.flatMap(({ name }) =>
        before !== undefined && schemaOf(before, name) !== undefined && sameJson(schemaOf(spec, name), schemaOf(before, name))
          ? [name]
          : [],
      ),
    ),
  };
}
const hasExtensions = (schema: JsonSchema): boolean =>
  isEmbedded(schema) ||
  isIntOrString(schema) ||
  schema['x-kubernetes-preserve-unknown-fields'] !== undefined ||
  schema['x-kubernetes-list-type'] !== undefined ||
  (schema['x-kubernetes-list-map-keys'] ?? []).length > 0 ||
  (schema['x-kubernetes-validations'] ?? []).length > 0;
const isNotStructural = (schema: JsonSchema): boolean => structuralFault(schema) !== undefined || checkStructural(schema, '').length > 0;
const hasSchemas = ({ validation, versions }: InternalSpec): boolean =>
  validation?.openAPIV3Schema !== undefined || versions.every(({ schema }) => schema?.openAPIV3Schema !== undefined);
const hadInvalidCaBundle = (before: InternalSpec | undefined): boolean => {
  const bundle = before?.conversion?.webhookClientConfig?.caBundle;
  return Boolean(bundle) && caBundleFault(bundle) !== undefined;
};
function manySelectable(spec: InternalSpec, before: InternalSpec | undefined): ReadonlySet<string> {
  if (before === undefined) return new Set();
  const common = hasTooMany(before.selectableFields) && sameJson(spec.selectableFields, before.selectableFields) ? [''] : [];
  const own = spec.versions.filter(({ name, selectableFields }) => {
    const stored = before.versions.find((version) => version.name === name)?.selectableFields;
    return hasTooMany(stored) && sameJson(stored, selectableFields);
  });
  return new Set([...common, ...own.map(({ name }) => name)]);
}

function* validateSpec(spec: InternalSpec, rules: Rules): Errors {
  const { group, scope, versions } = spec;
  const groupFaults = isDns1123Subdomain(group);
  if (group === '') yield fieldError.required('spec.group');
  else if (groupFaults.length > 0) yield fieldError.invalid('spec.group', group, groupFaults.join(','));
  else if (!group.includes('.')) yield fieldError.invalid('spec.group', group, 'should be a domain with at least one dot');
  if (scope === '') yield fieldError.required('spec.scope');
  else if (scope !== 'Cluster' && scope !== 'Namespaced')
    yield fieldError.notSupported('spec.scope', scope, ['Cluster', 'Namespaced'], 'sorted', 'plain');
  yield* validatePresence(spec, rules);
  for (const [index, version] of versions.entries()) yield* validateVersion(spec, version, `spec.versions[${index}]`, rules);
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    yield fieldError.invalid('spec.versions', shownVersions(versions), 'must contain unique version names');
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    yield fieldError.invalid('spec.versions', shownVersions(versions), 'must have exactly one version marked as storage version');
  }
  const firstFaults = spec.version === '' ? [] : isDns1035Label(spec.version);
  if (firstFaults.length > 0) yield fieldError.invalid('spec.version', spec.version, firstFaults.join(','));
  for (const name of ['plural', 'singular', 'kind', 'listKind'] as const) {
    if (!spec.names[name]) yield fieldError.required(`spec.names.${name}`);
  }
  yield* validateNames(spec.names, 'spec.names');
  const hasStatus = [spec, ...versions].some(({ subresources }) => subresources?.status !== undefined);
  yield* validateValidation(spec.validation, 'spec.validation', {
    ...rules,
    hasStatus,
    isUnchanged: rules.unchangedVersions.has(spec.version),
  });
  yield* validateSubresources(spec.subresources, 'spec.subresources');
  yield* validateColumns(spec.additionalPrinterColumns, 'spec.additionalPrinterColumns');
  if ((spec.selectableFields ?? []).length > 0) {
    if (spec.validation === undefined) {
      yield fieldError.invalid('spec.selectableFields', '', 'may only be set when validations.schema is included');
    } else yield* validateSelectable(spec, spec.validation.openAPIV3Schema, 'spec', '', rules);
  }
  if (spec.conversion !== undefined && spec.conversion.strategy !== 'None' && spec.preserveUnknownFields === true) {
    const why = 'must be None if spec.preserveUnknownFields is true';
    yield fieldError.invalid('spec.conversion.strategy', spec.conversion.strategy, why);
  }
  yield* validateConversion(spec.conversion, rules, 'spec.conversion');
}

/** Schemas must be there, and definitions that prune nothing may not fill in. */
function* validatePresence(spec: InternalSpec, rules: Rules): Errors {
  if (spec.validation?.openAPIV3Schema === undefined) {
    for (const [index, { schema, served }] of spec.versions.entries()) {
      if (schema?.openAPIV3Schema !== undefined) continue;
      const at = `spec.versions[${index}].schema.openAPIV3Schema`;
      if (rules.mustHaveSchema) yield fieldError.required(at);
      else if (spec.preserveUnknownFields !== true && served) yield fieldError.required(at, 'because otherwise all fields are pruned');
    }
  }
  if (spec.preserveUnknownFields === true && allSchemas(spec).some(hasDefault)) {
    yield fieldError.invalid('spec.preserveUnknownFields', true, 'must be false in order to use defaults in the schema');
  }
}

function* validateVersion(spec: InternalSpec, version: InternalSpec['versions'][number], path: string, rules: Rules): Errors {
  const nameFaults = isDns1035Label(version.name);
  if (nameFaults.length > 0) yield fieldError.invalid(`${path}.name`, version.name, nameFaults.join(','));
  yield* validateDeprecation(version.deprecated === true, version.deprecationWarning, `${path}.deprecationWarning`);
  const subresources = spec.versions.some((one) => one.subresources !== undefined) ? version.subresources : spec.subresources;
  const isUnchanged = rules.unchangedVersions.has(version.name);
  yield* validateValidation(version.schema, `${path}.schema`, { ...rules, hasStatus: subresources?.status !== undefined, isUnchanged });
  yield* validateSubresources(version.subresources, `${path}.subresources`);
  yield* validateColumns(version.additionalPrinterColumns, `${path}.additionalPrinterColumns`);
  if ((version.selectableFields ?? []).length === 0) return;
  if (version.schema?.openAPIV3Schema === undefined) {
    const why = 'may only be set when `version.schema.openAPIV3Schema` is not included';
    yield fieldError.invalid(`${path}.selectableFields`, '', why);
  } else yield* validateSelectable(version, version.schema.openAPIV3Schema, path, version.name, rules);
}
function* validateSelectable(
  { selectableFields = [] }: Pick<InternalSpec['versions'][number], 'selectableFields'>,
  schema: JsonSchema | undefined,
  path: string,
  version: string,
  rules: Rules,
): Errors {
  const fault = schema === undefined ? undefined : structuralFault(schema);
  if (fault !== undefined) yield fieldError.invalid(`${path}.schema.openAPIV3Schema`, '', fault);
  const known = fault === undefined ? (schema ?? {}) : {};
  yield* validateSelectableFields(selectableFields, known, `${path}.selectableFields`, rules.allowsManySelectable.has(version));
}
function* validateValidation(validation: CustomResourceValidation | undefined, path: string, rules: SchemaRules): Errors {
  if (validation?.openAPIV3Schema !== undefined) yield* validateSchema(validation.openAPIV3Schema, `${path}.openAPIV3Schema`, rules);
}

function* validateImmutable(spec: InternalSpec, before: InternalSpec, established: boolean): Errors {
  const fields: readonly (readonly [path: string, now: string, then: string, shown?: unknown])[] = [
    ...(established
      ? ([
          ['spec.scope', spec.scope, before.scope, named(spec.scope)],
          ['spec.names.kind', spec.names.kind, before.names.kind],
        ] as const)
      : []),
    ['spec.group', spec.group, before.group],
    ['spec.names.plural', spec.names.plural, before.names.plural],
  ];
  for (const [path, now, then, shown = now] of fields) if (now !== then) yield fieldError.invalid(path, shown, 'field is immutable');
}

function* validateStoredVersions({ spec, status }: Definition): Errors {
  const path = 'status.storedVersions';
  const { storedVersions } = status;
  if (storedVersions.length === 0) return yield fieldError.invalid(path, null, 'must have at least one stored version');
  const left = new Set(storedVersions);
  for (const { name, storage } of spec.versions) {
    if (!left.delete(name) && storage) yield fieldError.invalid(path, storedVersions, `must have the storage version ${name}`);
  }
  for (const name of left) {
    const why =
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ` +
      `ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    yield fieldError.invalid(`${path}[${storedVersions.lastIndexOf(name)}]`, name, why);
  }
}

function* validateApproval({ spec, metadata }: Definition, old: Definition | undefined): Errors {
  if (!isProtectedGroup(spec.group)) return;
  const { state, reason } = approvalOf(metadata.annotations);
  if (old !== undefined && approvalOf(old.metadata.annotations).state === state) return;
  const path = `metadata.annotations[${approvedAnnotation}]`;
  if (state === 'missing') yield fieldError.required(path, reason);
  else if (state === 'invalid') yield fieldError.invalid(path, metadata.annotations?.[approvedAnnotation], reason);
}
