import { type AnyKind, apiVersionOf } from '../../../api/kind.ts';
import { parseFieldSelector, parseLabelSelector } from '../../../api/selector.ts';
import { invalid } from '../../../api/status.ts';
import type { Identity, Reply } from '../../../client/call.ts';
import { validatePosted } from '../../lib/validation.ts';
import type { Attributes, SubresourceDeps, SubresourceRequest } from '../../types.ts';
import { posted } from './request.ts';

interface Selector {
  /** undefined: it selects everything. */
  readonly text: string | undefined;
  readonly error?: string;
}
type SelectorKind = 'fieldSelector' | 'labelSelector';

/** A selector as text; what text can't say is left out, which asks for more, never for less. */
function selectorOf(selector: any, kind: SelectorKind): Selector {
  const { rawSelector = '', requirements = [] } = selector ?? {};
  const ignored = (how: string) => `spec.resourceAttributes.${kind} ${how} due to parse error`;
  if (requirements.length === 0) {
    if (rawSelector === '') return { text: undefined };
    return isReadable(rawSelector, kind) ? { text: rawSelector } : { text: undefined, error: ignored('ignored') };
  }
  const terms = requirements.map((requirement: any) => termOf(requirement, kind)).filter((term: string | undefined) => term !== undefined);
  if (terms.length === 0) return { text: undefined, error: ignored('ignored') };
  return { text: terms.join(','), ...(terms.length < requirements.length ? { error: ignored('partially ignored') } : {}) };
}
function isReadable(text: string, kind: SelectorKind): boolean {
  try {
    if (kind === 'fieldSelector') parseFieldSelector(text);
    else parseLabelSelector(text);
    return true;
  } catch {
    return false;
  }
}
/** undefined: servers can't select so. */
function termOf({ key, operator, values = [] }: any, kind: SelectorKind): string | undefined {
  if (values.length === 1 && operator === 'In') return `${key}=${values[0]}`;
  if (values.length === 1 && operator === 'NotIn') return `${key}!=${values[0]}`;
  if (kind === 'fieldSelector') return undefined;
  if (operator === 'In' || operator === 'NotIn') return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
  return operator === 'Exists' ? key : operator === 'DoesNotExist' ? `!${key}` : undefined;
}

interface Question {
  readonly attributes: Attributes;
  /** What of it could not be read. */
  readonly errors: readonly string[];
}
function questionOf({ resourceAttributes: resource, nonResourceAttributes: other }: any, identity: Identity): Question {
  const [fields, labels] = [selectorOf(resource?.fieldSelector, 'fieldSelector'), selectorOf(resource?.labelSelector, 'labelSelector')];
  const attributes = {
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
    fieldSelector: fields.text,
    labelSelector: labels.text,
  };
  return { attributes, errors: [fields.error, labels.error].filter((error) => error !== undefined) };
}

/** Asks the authorizer the question that a review puts: about the caller, or about whom the spec names. */
export async function reviewAccess(
  kind: AnyKind,
  about: 'self' | 'named',
  request: SubresourceRequest,
  deps: SubresourceDeps,
): Promise<Reply> {
  const { object, validate } = await posted(request, deps, kind);
  const errors = validatePosted(kind, object);
  // Within upstream's server the object has no kind that the message could name.
  if (errors.length > 0) throw invalid({ group: kind.group, kind: '' }, '', errors);
  await validate();
  const { spec } = object;
  const named: Identity = {
    user: spec.user ?? '',
    groups: spec.groups ?? [],
    ...(spec.uid ? { uid: spec.uid } : {}),
    ...(spec.extra ? { extra: spec.extra } : {}),
  };
  const question = questionOf(spec, about === 'self' ? request.identity : named);
  const verdict = await deps.authorize(question.attributes);
  const unread = [...(verdict.error === undefined ? [] : [verdict.error]), ...question.errors];
  const status = {
    allowed: verdict.decision === 'allow',
    ...(verdict.decision === 'deny' ? { denied: true } : {}),
    ...(verdict.reason === '' ? {} : { reason: verdict.reason }),
    ...(unread.length === 0 ? {} : { evaluationError: unread.join('; ') }),
  };
  return { code: 201, type: 'object', object: { ...object, kind: kind.kind, apiVersion: apiVersionOf(kind), status } };
}
