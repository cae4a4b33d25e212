import { parseTime } from '../api/gotime.ts';
import { type ControllerContext, defineController, type Result } from '../client/controller.ts';
import { SubjectAccessReview } from '../kinds/authorization/subject-access-review.ts';
import { CertificateSigningRequest } from '../kinds/certificates/certificate-signing-request.ts';
import { parseRequest, requestText } from '../kinds/certificates/lib/request.ts';
import { isDecided } from './lib/certificate-state.ts';
import { kubeletClient } from './lib/signer-rules.ts';

const leastMs = 200;
const mostMs = 1_000_000;
const attributes = { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', verb: 'create', version: '*' };

async function isAllowed({ spec }: CertificateSigningRequest, subresource: string, { client }: ControllerContext): Promise<boolean> {
  const { username: user, uid, groups, extra } = spec;
  const resourceAttributes = { ...attributes, subresource };
  const { status } = await client.create(SubjectAccessReview, { spec: { user, uid, groups, extra, resourceAttributes } });
  return status.allowed;
}

/**
 * Approves a kubelet's request for its client certificate when whoever made it may have such approved
 * (https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#approval).
 */
export const certificateApproving = defineController({
  name: 'certificatesigningrequest-approving-controller',
  account: 'certificate-controller',
  for: CertificateSigningRequest,
  can: [
    { groups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'], verbs: ['get', 'list', 'watch'] },
    { groups: ['certificates.k8s.io'], resources: ['certificatesigningrequests/approval'], verbs: ['update'] },
    { groups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ],
  async reconcile({ name }, context): Promise<Result> {
    const request = context.cache(CertificateSigningRequest).get({ name });
    if (request === undefined || request.status.certificate || isDecided(request)) return undefined;
    const asked = parseRequest(requestText(request.spec.request));
    const isNode = request.spec.signerName === 'kubernetes.io/kube-apiserver-client-kubelet';
    if (!isNode || kubeletClient(asked, request.spec.usages ?? []) !== undefined) return undefined;
    const ways = [
      ...(request.spec.username === asked.commonName ? [['selfnodeclient', 'self kubelet'] as const] : []),
      ['nodeclient', 'kubelet'] as const,
    ];
    for (const [subresource, whose] of ways) {
      if (!(await isAllowed(request, subresource, context))) continue;
      const message = `Auto approving ${whose} client certificate after SubjectAccessReview.`;
      const approved = { type: 'Approved', status: 'True', reason: 'AutoApproved', message };
      const conditions = [...(request.status.conditions ?? []), approved];
      await context.client.updateSubresource(CertificateSigningRequest, 'approval', {
        ...request,
        status: { ...request.status, conditions },
      });
      return undefined;
    }
    // It may be allowed later: asked about again after as long as it has been waiting.
    const ageMs = context.clock.now() - (parseTime(request.metadata.creationTimestamp) ?? 0);
    return { afterMs: Math.min(Math.max(ageMs, leastMs), mostMs) };
  },
});
