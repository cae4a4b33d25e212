import { badRequest } from '../../api/status.ts';
import type { Reply } from '../../client/call.ts';
import { joinErrors } from '../lib/configuration.ts';
import type { Subresource, SubresourceDeps, SubresourceRequest } from '../types.ts';
import { admit, bodyOf } from './lib/request.ts';

const group = 'authorization.k8s.io';

async function review(request: SubresourceRequest, deps: SubresourceDeps): Promise<Reply> {
  const object = bodyOf(request, deps, group, 'SelfSubjectRulesReview');
  const namespace = object.spec?.namespace;
  if (!namespace) throw badRequest('no namespace on request');
  await admit(request, deps, 'CREATE', object);
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
  const metadata = { creationTimestamp: null };
  return { code: 201, type: 'object', object: { kind: 'SelfSubjectRulesReview', apiVersion: `${group}/v1`, metadata, spec: {}, status } };
}

/** Tells the caller what he may do in a namespace (`kubectl auth can-i --list`). */
export const selfSubjectRulesReview: Subresource = { group, kind: 'SelfSubjectRulesReview', subresource: '', verbs: { create: review } };
