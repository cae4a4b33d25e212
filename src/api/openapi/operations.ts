import type { Verb } from '../kind.ts';
import type { Json } from '../openapi.ts';

/** What the operations of one path have in common. */
export interface OperationContext {
  readonly gvk: Json;
  readonly refs: { readonly object: Json; readonly list: Json };
  readonly status: Json;
  readonly version: 2 | 3;
  readonly namespaced: boolean;
}

const text = { type: 'string' };
const flag = { type: 'boolean' };
const whole = { type: 'integer' };
const writeParameters = { dryRun: text, fieldManager: text, fieldValidation: text };
const listParameters = {
  allowWatchBookmarks: flag,
  continue: text,
  fieldSelector: text,
  labelSelector: text,
  limit: whole,
  resourceVersion: text,
  resourceVersionMatch: text,
  sendInitialEvents: flag,
  timeoutSeconds: whole,
  watch: flag,
};
const deleteParameters = { dryRun: text, gracePeriodSeconds: whole, orphanDependents: flag, propagationPolicy: text };
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

function parameters(names: Readonly<Record<string, Json>>, { version }: OperationContext): readonly Json[] {
  return Object.entries(names).map(([name, schema]) =>
    version === 3 ? { name, in: 'query', schema } : { name, in: 'query', uniqueItems: true, ...schema },
  );
}
function body(types: readonly string[], schema: Json, { version }: OperationContext): Json {
  return version === 3
    ? { requestBody: { required: true, content: Object.fromEntries(types.map((type) => [type, { schema }])) } }
    : { consumes: types };
}
function answers(codes: readonly number[], schema: Json, { version }: OperationContext): Json {
  const described = (code: number) => ({
    description: code === 201 ? 'Created' : code === 202 ? 'Accepted' : 'OK',
    ...(version === 3 ? { content: { 'application/json': { schema } } } : { schema }),
  });
  return {
    responses: { ...Object.fromEntries(codes.map((code) => [String(code), described(code)])), '401': { description: 'Unauthorized' } },
    ...(version === 2 ? { produces: ['application/json'] } : {}),
  };
}
function operation(
  action: string,
  names: Readonly<Record<string, Json>>,
  codes: readonly number[],
  schema: Json,
  context: OperationContext,
  more: Json = {},
): Json {
  const bodyParameter = context.version === 2 && 'consumes' in more ? [{ name: 'body', in: 'body', required: true, schema }] : [];
  return {
    ...more,
    parameters: [...bodyParameter, ...parameters(names, context)],
    ...answers(codes, schema, context),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': context.gvk,
  };
}

const pathParameters = (names: readonly string[], version: 2 | 3) =>
  names.map((name) => (version === 3 ? { name, in: 'path', required: true, schema: text } : { name, in: 'path', required: true, ...text }));

/** Operations on the collection. */
export function listOperations(verbs: readonly Verb[], context: OperationContext): Json {
  const operations: Record<string, unknown> = {};
  if (verbs.includes('list')) operations.get = operation('list', listParameters, [200], context.refs.list, context);
  if (verbs.includes('create'))
    operations.post = operation(
      'post',
      writeParameters,
      [200, 201, 202],
      context.refs.object,
      context,
      body(['application/json', 'application/yaml'], context.refs.object, context),
    );
  if (verbs.includes('deletecollection'))
    operations.delete = operation('deletecollection', { ...listParameters, ...deleteParameters }, [200], context.status, context);
  return { ...operations, ...(context.namespaced ? { parameters: pathParameters(['namespace'], context.version) } : {}) };
}

/** Operations on one object. */
export function operationsOf(verbs: readonly Verb[], context: OperationContext): Json {
  const { object } = context.refs;
  const operations: Record<string, unknown> = {
    parameters: pathParameters(context.namespaced ? ['name', 'namespace'] : ['name'], context.version),
  };
  if (verbs.includes('get')) operations.get = operation('get', {}, [200], object, context);
  if (verbs.includes('update'))
    operations.put = operation(
      'put',
      writeParameters,
      [200, 201],
      object,
      context,
      body(['application/json', 'application/yaml'], object, context),
    );
  if (verbs.includes('patch'))
    operations.patch = operation(
      'patch',
      { ...writeParameters, force: flag },
      [200, 201],
      object,
      context,
      body(patchTypes, { type: 'object' }, context),
    );
  if (verbs.includes('delete')) operations.delete = operation('delete', deleteParameters, [200, 202], context.status, context);
  return operations;
}
