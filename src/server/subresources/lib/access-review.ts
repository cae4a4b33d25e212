import { type FieldError, fieldError, invalid } from '../../../api/status.ts';
import type { Identity, Reply } from '../../../client/call.ts';
import type { Attributes, SubresourceDeps, SubresourceRequest } from '../../types.ts';
import { admit, bodyOf } from './request.ts';

const group = 'authorization.k8s.io';

function* selectorErrors(selector: any, path: string): Generator<FieldError> {
  if (selector === undefined || selector === null) return;
  if (selector.rawSelector && selector.requirements?.length)
    yield fieldError.invalid(`${path}.rawSelector`, selector.rawSelector, 'may not specified at the same time as requirements');
  if (!selector.rawSelector && !selector.requirements?.length)
    yield fieldError.required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`);
}

function* specErrors(spec: any, asksForSubject: boolean): Generator<FieldError> {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  if (resource && other)
    yield fieldError.invalid('spec.nonResourceAttributes', other, 'cannot be specified in combination with resourceAttributes');
  if (!resource && !other)
    yield fieldError.invalid(
      'spec.resourceAttributes',
      null,
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  if (asksForSubject && !spec.user && !spec.groups?.length)
    yield fieldError.invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified');
  yield* selectorErrors(resource?.fieldSelector, 'spec.resourceAttributes.fieldSelector');
  yield* selectorErrors(resource?.labelSelector, 'spec.resourceAttributes.labelSelector');
}

/** A selector as text; requirements that text can't say are left out, which asks for more, never for less. */
function selectorText(selector: any, kind: 'fields' | 'labels'): string | undefined {
  if (selector?.rawSelector) return selector.rawSelector;
  const terms = (selector?.requirements ?? []).flatMap(({ key, operator, values = [] }: any) => {
    if (operator === 'In' && values.length === 1) return [`${key}=${values[0]}`];
    if (operator === 'NotIn' && values.length === 1) return [`${key}!=${values[0]}`];
    if (kind === 'fields') return [];
    if (operator === 'In' || operator === 'NotIn') return [`${key} ${operator.toLowerCase()} (${values.join(',')})`];
    return operator === 'Exists' ? [key] : operator === 'DoesNotExist' ? [`!${key}`] : [];
  });
  return terms.length === 0 ? undefined : terms.join(',');
}

function attributesOf(spec: any, identity: Identity): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  return {
    identity,
    verb: (resource ?? other).verb ?? '',
    group: resource?.group ?? '',
    version: resource?.version || '*',
    resource: resource?.resource ?? '',
    subresource: resource?.subresource ?? '',
    namespace: resource?.namespace ?? '',
    name: resource?.name ?? '',
    path: other?.path ?? '',
    isResource: Boolean(resource),
    fieldSelector: selectorText(resource?.fieldSelector, 'fields'),
    labelSelector: selectorText(resource?.labelSelector, 'labels'),
  };
}

export interface AccessReview {
  readonly kind: string;
  /** 'self': about the caller; 'named': about whom the spec names. */
  readonly about: 'self' | 'named';
  /** Further rules of the kind. */
  readonly errors?: (object: any, request: SubresourceRequest) => Iterable<FieldError>;
}

/** Asks the authorizer the question that a review puts. */
export async function reviewAccess(review: AccessReview, request: SubresourceRequest, deps: SubresourceDeps): Promise<Reply> {
  const object = bodyOf(request, deps, group, review.kind);
  const spec = object.spec ?? {};
  const { managedFields: _, ...metadata } = object.metadata ?? {};
  const allowed = review.kind === 'LocalSubjectAccessReview' ? ['namespace'] : [];
  const errors = [...specErrors(spec, review.about === 'named')];
  if (Object.keys(metadata).some((field) => !allowed.includes(field) && metadata[field] !== null))
    errors.push(fieldError.invalid('metadata', metadata, allowed.length === 0 ? 'must be empty' : 'must be empty except for namespace'));
  errors.push(...(review.errors?.(object, request) ?? []));
  if (errors.length > 0) throw invalid({ group, kind: review.kind }, '', errors);
  await admit(request, deps, 'CREATE', object);
  const named: Identity = {
    user: spec.user ?? '',
    groups: spec.groups ?? [],
    ...(spec.uid ? { uid: spec.uid } : {}),
    ...(spec.extra ? { extra: spec.extra } : {}),
  };
  const verdict = await deps.authorize(attributesOf(spec, review.about === 'self' ? request.identity : named));
  const status = {
    allowed: verdict.decision === 'allow',
    ...(verdict.decision === 'deny' ? { denied: true } : {}),
    ...(verdict.reason === '' ? {} : { reason: verdict.reason }),
    ...(verdict.error === undefined ? {} : { evaluationError: verdict.error }),
  };
  return { code: 201, type: 'object', object: { ...object, kind: review.kind, apiVersion: `${group}/v1`, status } };
}
