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
 * Types: of a structural schema `schemaType(schema, isResourceRoot, name)`, of a built-in kind `shapeType(shape, name)`, of anything else
 * `objectDecl`, `listDecl`, `mapDecl`, `fieldDecl` (named by `named`), or plain `types`. A DeclType, unlike a plain type, tells the
 * estimate how large values get.
 *
 * Values: plain JSON is taken as upstream takes unstructured objects; `schemaValue` gives JSON the meaning that its schema has (dates, sets,
 * merging lists, escaped names) and is made per evaluation at no cost: only what is read is converted. `LazyMap` computes its entries when they are
 * read (`variables` of policies), a binding that is a function is called when the variable is first read, and `authorizerValue` asks whoever
 * answers; when the answer is a promise, only `evaluateAsync` can run the expression.
 *
 * Values that come out are CEL values (values.ts): strings, booleans and null as they are, whole numbers as number (bigint beyond
 * 2^53), the rest as classes. `toJson` makes plain JSON of them.
 *
 * Selectors of devices have their own way in: `compileDeviceSelector` and `selectsDevice` (devices.ts).
 *
 * Costs: callers compare `estimateCost().max` with `staticEstimatedCostLimit` (custom resources only), give `costLimit` (`perCallLimit` unless given), and take `cost` off the
 * budget of the request (`runtimeCostBudget`), also after failures. An evaluation runs to its end in one go, up to about 100 ms at `perCallLimit`:
 * whoever runs many yields between them.
 *
 * Versions: expressions that users write now are compiled with `kind: 'new'`, which has the libraries of the version before ours; stored ones
 * that did not change with `kind: 'stored'` (the default).
 */
export type * from './api.ts';
export {
  matchConditionsCostBudget,
  maxMessageExpressionSizeBytes,
  maxRequestSizeBytes,
  perCallLimit,
  runtimeCostBudget,
  staticEstimatedCostLimit,
  staticEstimatedSchemaCostLimit,
} from './costs.ts';
export {
  type Device,
  type DeviceAttribute,
  type DeviceSelector,
  type Selection,
  compileDeviceSelector,
  maxSelectorCost,
  maxSelectorLength,
  selectsDevice,
} from './devices.ts';
export { environment } from './environment.ts';
export { bindingsLibrary } from './library/extensions.ts';
export { toQuantity } from './library/quantities.ts';
export { toSemver } from './library/semver.ts';
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
export { jsonPatchLibrary } from './library/kubernetes.ts';
export { JsonPatchValue, ObjectValue, jsonPatchType, misplacedObjects, mutationTypes, objectType } from './library/mutation.ts';
export { type Schema, fieldDecl, listDecl, mapDecl, named, objectDecl, schemaType, withObjectMeta } from './schema-types.ts';
export { schemaValue } from './schema-values.ts';
export { shapeSchema, shapeType } from './shape-types.ts';
export * as types from './types.ts';
export { type CelType, formatType, sameType, typeText } from './types.ts';
export { CelError, CelList, CelMap, type CelValue, Double, Duration, OpaqueValue, Optional, Timestamp, Uint, equal } from './values.ts';
