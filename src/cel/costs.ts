/** The units of cost (cel-go common/cost.go), and Kubernetes' limits (k8s.io/apiserver/pkg/apis/cel). */
export const listCreateCost = 10;
export const mapCreateCost = 30;
export const structCreateCost = 40;
export const stringTraversalFactor = 0.1;
/** Of a pattern's length: an element of a pattern is taken to be four characters. */
export const regexLengthFactor = 0.25;

/** Of one evaluation of one expression: about 0.1 s. */
export const perCallLimit = 1_000_000;
/** Of all expressions of a custom resource, or of a policy's binding: about 1 s. */
export const runtimeCostBudget = 10_000_000;
/** What one rule of a CustomResourceDefinition, and all rules of one schema, may be estimated at. */
export const staticEstimatedCostLimit = 10_000_000;
export const staticEstimatedSchemaCostLimit = 100_000_000;
/** Of all match conditions for one object. */
export const matchConditionsCostBudget = 2_500_000;
/** Of the largest request that is accepted; sizes without other bounds follow from it. */
export const maxRequestSizeBytes = 3 * 1024 * 1024;
/** Of what a messageExpression may give. */
export const maxMessageExpressionSizeBytes = 5 * 1024;

export const traversal = (size: number, factor = stringTraversalFactor): number => Math.ceil(size * factor);
/** Matching a text of this size with a pattern of that. */
export const regexCost = (size: number, pattern: number): number =>
  Math.ceil((1 + size) * stringTraversalFactor) * Math.ceil(pattern * regexLengthFactor);
