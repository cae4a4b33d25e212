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
