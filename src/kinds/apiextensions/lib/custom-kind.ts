import { type AnyKind, allVerbs, type CustomConversion, type CustomVersion, type Draft, type Kind } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import type { Shape } from '../../../api/schema.ts';
import { checkStructural, structuralFault } from '../../../api/structural/check.ts';
import { pruneDefaults } from '../../../api/structural/check-defaults.ts';
import { withDefaults } from '../../../api/structural/defaults.ts';
import { shapeOfSchema } from '../../../api/structural/fields.ts';
import type { JsonSchema } from '../../../api/structural/json-schema.ts';
import { parseJsonPath } from '../../../api/json-path.ts';
import { publishedSchema } from '../../../api/structural/published.ts';
import { sameJson } from '../../../base/equal.ts';
import type { CustomResourceDefinition } from '../custom-resource-definition.ts';
import type { CustomResourceDefinitionVersion } from '../shapes/custom-resource-definition.ts';
import { isConditionTrue } from './conditions.ts';
import { customColumns, textOf } from './custom-columns.ts';
import { type RuleTimes, type RuleTree, ruleTree } from './custom-rules.ts';
import { keepAllMetadata } from '../../lib/keep-metadata.ts';
import { finalizerWarnings, validateCustom } from './custom-validation.ts';
import { deprecationOf } from './deprecation.ts';

/** The kinds that a CustomResourceDefinition declares: one for each version, served or not. */
type Custom = ApiObject & Record<string, unknown>;

export const reversedGroup = (group: string): string => group.split('.').reverse().join('.');

/** `times` is told how long rules take; default: nobody is. */
export function customKinds(definition: CustomResourceDefinition, times?: RuleTimes): readonly AnyKind[] {
  const versions = new Map<string, AnyKind>();
  for (const version of definition.spec.versions) versions.set(version.name, customKind(definition, version, versions, times));
  return [...versions.values()];
}

function customKind(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  versions: ReadonlyMap<string, AnyKind>,
  times: RuleTimes | undefined,
): AnyKind {
  const { spec, status } = definition;
  const names = status.acceptedNames;
  const preservesUnknown = spec.preserveUnknownFields === true;
  const given = version.schema?.openAPIV3Schema;
  const schema = given === undefined || preservesUnknown ? given : pruneDefaults(given);
  const { status: hasStatus, scale } = version.subresources ?? {};
  const openApiName = `${reversedGroup(spec.group)}.${version.name}.${names.kind}`;
  const about = { group: spec.group, version: version.name, kind: names.kind };
  const selectable = (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath);
  const custom: CustomVersion = {
    definition: definition.metadata.name,
    conversion: conversionOf(spec),
    schema,
    preservesUnknown,
    versions,
    storage: spec.versions.find(({ storage }) => storage)!.name,
    isServed: version.served,
    isEstablished: isConditionTrue(definition, 'Established'),
    isTerminating: isConditionTrue(definition, 'Terminating'),
    published: lazily((openApiVersion: 2 | 3) =>
      publishedSchema(
        publishable(given),
        { ...about, selectableFields: selectable.map((path) => path.replace(/^\./, '')) },
        openApiVersion,
        preservesUnknown,
      ),
    ),
  };
  let tree: RuleTree | undefined | null = null;
  const ruleTreeOf = () => {
    if (tree === null) tree = schema === undefined ? undefined : ruleTree(schema, true, times);
    return tree;
  };
  const rules = { schema, scale, ruleTree: ruleTreeOf, times };
  let shape: Shape | undefined;
  const kind: Kind<Custom> = {
    ...about,
    plural: names.plural,
    singular: names.singular ?? '',
    listKind: names.listKind ?? '',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    scope: spec.scope as 'Cluster',
    verbs: allVerbs,
    subresources: [...(hasStatus === undefined ? [] : ['status']), ...(scale === undefined ? [] : ['scale'])],
    names: 'dns-subdomain',
    checksMetadataLast: false,
    completedByUpdate: false,
    plainFinalizers: true,
    generation: true,
    keepsGeneration: [],
    requiresMetadata: false,
    orphansByDefault: false,
    deleteWarning: '',
    createOnUpdate: false,
    createOnStatusApply: false,
    disowns: {},
    resets: hasStatus === undefined ? {} : { '': ['status'], scale: ['status'], status: ['metadata', 'spec'] },
    openApiName,
    custom,
    ...deprecationOf(spec, version),
    ...(scale === undefined ? {} : { scale: scalePaths(scale) }),
    get shape() {
      shape ??= shapeOfSchema(openApiName, publishable(given), preservesUnknown);
      return shape;
    },
    strategy: {
      defaults: (draft) => fillIn(draft, schema),
      prepareForCreate(draft) {
        if (hasStatus !== undefined) delete (draft as Record<string, unknown>).status;
      },
      prepareForUpdate(draft, old, { subresource }) {
        // Of its status only that is taken, not even a uid that is wrong is told.
        if (subresource === 'status') keepAllMetadata(draft, old);
        else if (contentDiffers(draft as Custom, old)) draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
      },
      validate: (object, context) => validateCustom(object, context, rules),
      warnings: finalizerWarnings,
      columns: customColumns(version.additionalPrinterColumns),
      selectableFields: Object.fromEntries(selectable.map((path) => [path.replace(/^\./, ''), selectorOf(path)])),
    },
  };
  return kind;
}

function conversionOf({ conversion }: CustomResourceDefinition['spec']): CustomConversion {
  const { webhook } = conversion ?? {};
  if (conversion?.strategy !== 'Webhook' || webhook === undefined) return { strategy: 'None' };
  const { url, service, caBundle } = webhook.clientConfig ?? {};
  const { conversionReviewVersions } = webhook;
  return {
    strategy: 'Webhook',
    webhook: {
      url,
      caBundle,
      service: service === undefined ? undefined : { ...service, port: service.port ?? 443 },
      conversionReviewVersions,
    },
  };
}

/** Only what is structural is told of. */
const publishable = (schema: JsonSchema | undefined): JsonSchema | undefined =>
  schema === undefined || structuralFault(schema) !== undefined || checkStructural(schema, '').length > 0 ? undefined : schema;

function lazily<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) {
      value = make(key);
      made.set(key, value);
    }
    return value;
  };
}

/** Defaults are shared with the schema: what comes from it is copied. */
function fillIn(draft: Draft<Custom>, schema: JsonSchema | undefined): void {
  const filled: Record<string, unknown> = withDefaults(draft as Record<string, unknown>, schema);
  if (filled === draft) return;
  for (const [name, value] of Object.entries(filled)) {
    if (value !== (draft as Record<string, unknown>)[name]) (draft as Record<string, unknown>)[name] = structuredClone(value);
  }
}

/** Everything but metadata counts. */
function contentDiffers(object: Custom, old: Custom): boolean {
  const names = new Set([...Object.keys(object), ...Object.keys(old)]);
  return [...names].some((name) => name !== 'metadata' && !sameJson(object[name], old[name]));
}

function scalePaths(scale: {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string | undefined;
}) {
  const plain = (path: string) => path.replace(/^\./, '');
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return { specReplicas: plain(specReplicasPath), statusReplicas: plain(statusReplicasPath), selector: plain(labelSelectorPath ?? '') };
}

function selectorOf(jsonPath: string): (object: Custom) => string {
  const path = parseJsonPath(jsonPath);
  return (object) => {
    const [value] = path(object);
    return value === undefined || value === null ? '' : textOf(value);
  };
}
