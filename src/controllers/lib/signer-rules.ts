import type { CertificateRequest } from '../../kinds/certificates/lib/request.ts';

/** What signers demand of a request before they sign it: undefined, or what is wrong (pkg/apis/certificates helpers, signer). */
type Rule = (request: CertificateRequest, usages: readonly string[]) => string | undefined;

const nodePrefix = 'system:node:';
const isExactly = (usages: readonly string[], wanted: readonly string[]) =>
  wanted.every((usage) => usages.includes(usage)) && usages.every((usage) => wanted.includes(usage));
function usageFault(usages: readonly string[], purpose: string): string | undefined {
  const wanted = ['digital signature', 'key encipherment', purpose].sort();
  if (isExactly(usages, wanted) || isExactly(usages, ['digital signature', purpose])) return undefined;
  return `usages did not match [${wanted.join(' ')}]`;
}
const organizationFault = ({ organizations }: CertificateRequest) =>
  organizations.length === 1 && organizations[0] === 'system:nodes' ? undefined : 'subject organization is not system:nodes';
const nameFault = ({ commonName }: CertificateRequest) =>
  commonName.startsWith(nodePrefix) ? undefined : `subject common name does not begin with ${nodePrefix}`;

const kubeletServing: Rule = (request, usages) => {
  const { dnsNames, ips, emails, uris } = request;
  return (
    organizationFault(request) ??
    (dnsNames.length + ips.length === 0 ? 'DNS or IP subjectAltName is required' : undefined) ??
    (emails.length > 0 ? 'Email subjectAltNames are not allowed' : undefined) ??
    (uris.length > 0 ? 'URI subjectAltNames are not allowed' : undefined) ??
    usageFault(usages, 'server auth') ??
    nameFault(request)
  );
};

/** Also what makes a request one that may be approved without anybody's asking. */
export const kubeletClient: Rule = (request, usages) => {
  const { dnsNames, ips, emails, uris } = request;
  return (
    organizationFault(request) ??
    (dnsNames.length > 0 ? 'DNS subjectAltNames are not allowed' : undefined) ??
    (emails.length > 0 ? 'Email subjectAltNames are not allowed' : undefined) ??
    (ips.length > 0 ? 'IP subjectAltNames are not allowed' : undefined) ??
    (uris.length > 0 ? 'URI subjectAltNames are not allowed' : undefined) ??
    nameFault(request) ??
    usageFault(usages, 'client auth')
  );
};

const apiServerClient: Rule = (_request, usages) => {
  const allowed = ['digital signature', 'key encipherment', 'client auth'];
  const other = usages.find((usage) => !allowed.includes(usage));
  if (other !== undefined) return `invalid usage for client certificate: ${other}`;
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
};

/** The signers of the cluster's own. https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers */
export const signerRules: Readonly<Record<string, Rule>> = {
  'kubernetes.io/kubelet-serving': kubeletServing,
  'kubernetes.io/kube-apiserver-client-kubelet': kubeletClient,
  'kubernetes.io/kube-apiserver-client': apiServerClient,
  'kubernetes.io/legacy-unknown': () => undefined,
};
