/**
 * The Common Expression Language as Kubernetes 1.36 uses it (cel-go 0.26 and the libraries of k8s.io/apiserver/pkg/cel).
 *
 *   const env = environment({ variables: { self: schemaType(schema, true) } });   // once, environments are shared
 *   const { program, failure } = env.compile('self.spec.replicas <= 10');         // once per expression
 *   if (failure) return failure.text;                                             // as cel-go prints it
 *   if (!sameType(program.outputType, bool)) ...                                  // what it gives is the caller's rule
 *   if (program.estimateCost().max > staticEstimatedCostLimit) ...
 *   const { value, error, cost } = program.evaluate({ self: schemaValue(object, schema) });
 *
 * Values that come out are CEL values (values.ts): strings, booleans and null as they are, whole numbers as number (bigint beyond
 * 2^53), the rest as classes. `toJson` makes plain JSON of them.
 */
export type * from './api.ts';
export { maxMessageExpressionSizeBytes, matchConditionsCostBudget, maxRequestSizeBytes, perCallLimit, runtimeCostBudget } from './costs.ts';
export { environment } from './environment.ts';
export { escapeIdentifier, unescapeIdentifier } from './escaping.ts';
export { LazyMap, fromJson, toJson } from './json-values.ts';
export {
  type AuthorizationDecision,
  type AuthorizationRequest,
  type Authorize,
  authorizerType,
  authorizerValue,
  requestResourceValue,
  resourceCheckType,
} from './library/authz.ts';
export { bindingsLibrary } from './library/extensions.ts';
export { jsonPatchLibrary } from './library/kubernetes.ts';
export { quantityType, toQuantity } from './library/quantities.ts';
export { toSemver } from './library/semver.ts';
export { JsonPatchValue, ObjectValue, jsonPatchType, misplacedObjects, mutationTypes, objectType } from './library/mutation.ts';
export { type Schema, fieldDecl, listDecl, mapDecl, named, objectDecl, schemaType, withObjectMeta } from './schema-types.ts';
export { schemaValue } from './schema-values.ts';
export { shapeSchema, shapeType } from './shape-types.ts';
export * as types from './types.ts';
export { type CelType, formatType, sameType, typeText } from './types.ts';
export {
  CelError,
  CelList,
  CelMap,
  type CelValue,
  EntryMap,
  Double,
  Duration,
  OpaqueValue,
  Optional,
  Timestamp,
  Uint,
  equal,
} from './values.ts';
