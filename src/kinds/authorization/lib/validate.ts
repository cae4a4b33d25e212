import type { ApiObject } from '../../../api/meta.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabelRequirement, validateOperator } from '../../../api/validate-meta.ts';
import type { Errors } from '../../lib/validate.ts';
import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  NonResourceAttributes,
  ResourceAttributes,
  SelfSubjectAccessReviewSpec,
  SubjectAccessReviewSpec,
} from '../shapes/review.ts';

function* validateSelector({ rawSelector, requirements = [] }: FieldSelectorAttributes | LabelSelectorAttributes, path: string): Errors {
  if (rawSelector && requirements.length > 0)
    yield fieldError.invalid(`${path}.rawSelector`, rawSelector, 'may not specified at the same time as requirements');
  if (!rawSelector && requirements.length === 0)
    yield fieldError.required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`);
}
/** pkg/apis/authorization/validation. Operators may be of newer servers. */
function* validateAttributes({ fieldSelector, labelSelector }: ResourceAttributes): Errors {
  if (fieldSelector !== undefined) {
    const path = 'spec.resourceAttributes.fieldSelector';
    yield* validateSelector(fieldSelector, path);
    for (const [index, { key, operator, values = [] }] of (fieldSelector.requirements ?? []).entries()) {
      const at = `${path}.requirements[${index}]`;
      if (key === '') yield fieldError.required(`${at}.key`, 'must be specified');
      yield* validateOperator(operator, values, at, true);
    }
  }
  if (labelSelector !== undefined) {
    const path = 'spec.resourceAttributes.labelSelector';
    yield* validateSelector(labelSelector, path);
    for (const [index, requirement] of (labelSelector.requirements ?? []).entries())
      yield* validateLabelRequirement(requirement, `${path}.requirements[${index}]`, { anyOperator: true });
  }
}

/** Metadata says nothing but where the review is asked; the server adds who owns its fields. */
export function* validateBareMetadata({ metadata }: ApiObject, withNamespace: boolean): Errors {
  const isEmpty = (value: unknown) => value === undefined || value === null || value === '' || value === 0;
  const stated = Object.entries(metadata as unknown as Record<string, unknown>).some(
    ([field, value]) => !isEmpty(value) && field !== 'managedFields' && !(withNamespace && field === 'namespace'),
  );
  if (stated) yield fieldError.invalid('metadata', metadata, withNamespace ? 'must be empty except for namespace' : 'must be empty');
}

/** As messages show it: the names of fields are Go's, of the type within the server. */
export const nonResourceShown = ({ path = '', verb = '' }: NonResourceAttributes): object => ({ Path: path, Verb: verb });

function* validateAbout({ resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec): Errors {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const rule = 'cannot be specified in combination with resourceAttributes';
    yield fieldError.invalid('spec.nonResourceAttributes', nonResourceShown(nonResourceAttributes), rule);
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const rule = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    yield fieldError.invalid('spec.resourceAttributes', null, rule);
  }
}
export function* validateSelfReview(spec: SelfSubjectAccessReviewSpec): Errors {
  yield* validateAbout(spec);
  if (spec.resourceAttributes !== undefined) yield* validateAttributes(spec.resourceAttributes);
}
export function* validateReview(spec: SubjectAccessReviewSpec): Errors {
  yield* validateAbout(spec);
  if (!spec.user && (spec.groups ?? []).length === 0)
    yield fieldError.invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified');
  if (spec.resourceAttributes !== undefined) yield* validateAttributes(spec.resourceAttributes);
}
