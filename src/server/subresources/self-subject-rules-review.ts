import { badRequest } from '../../api/status.ts';
import type { Reply } from '../../client/call.ts';
import { SelfSubjectRulesReview } from '../../kinds/authorization/self-subject-rules-review.ts';
import { joinErrors } from '../lib/configuration.ts';
import type { Subresource, SubresourceDeps, SubresourceRequest } from '../types.ts';
import { posted } from './lib/request.ts';

const group = 'authorization.k8s.io';

async function review(request: SubresourceRequest, deps: SubresourceDeps): Promise<Reply> {
  const { object, validate } = await posted(request, deps, SelfSubjectRulesReview);
  const namespace = object.spec?.namespace;
  if (!namespace) throw badRequest('no namespace on request');
  await validate();
  const { rules, errors, incomplete = false } = deps.rules.rulesFor(request.identity, namespace);
  const status = {
    resourceRules: rules
      .filter((rule) => rule.resources?.length)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups,
        resources,
        ...(resourceNames?.length ? { resourceNames } : {}),
      })),
    nonResourceRules: rules
      .filter((rule) => rule.nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete,
    ...(errors.length === 0 ? {} : { evaluationError: joinErrors(errors) }),
  };
  return {
    code: 201,
    type: 'object',
    object: { kind: 'SelfSubjectRulesReview', apiVersion: `${group}/v1`, metadata: {}, spec: {}, status },
  };
}

/** Tells the caller what he may do in a namespace (`kubectl auth can-i --list`). */
export const selfSubjectRulesReview: Subresource = { group, kind: 'SelfSubjectRulesReview', subresource: '', verbs: { create: review } };
