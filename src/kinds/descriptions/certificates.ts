import { condition, type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Requests for certificates. */
export const certificates: Descriptions = inPackage('io.k8s.api.certificates.v1', {
  CertificateSigningRequest: {
    '': 'Asks a signer for a certificate; somebody approves or denies it.',
    spec: 'What is asked for, and by whom. It cannot be changed.',
    status: 'The decision, and the certificate.',
  },
  CertificateSigningRequestSpec: {
    '': 'Who asks is written down by the server from the request.',
    expirationSeconds: 'Seconds the certificate is to be valid, at least 600; the signer may give another time.',
    extra: 'More about the user who asked, by key. Set by the server.',
    groups: 'Groups of the user who asked. Set by the server.',
    request: 'The request, as PKCS#10 in PEM, in base64.',
    signerName: 'Signer that is asked, such as kubernetes.io/kube-apiserver-client or example.com/own.',
    uid: 'UID of the user who asked. Set by the server.',
    usages: 'What the key may be used for; signers ask for certain ones.',
    username: 'Name of the user who asked. Set by the server.',
  },
  CertificateSigningRequestStatus: {
    '': 'The approval subresource sets the decision, the status subresource the certificate.',
    certificate: 'The certificate and its chain, as PEM, in base64; set by the signer, once.',
    conditions: 'The decision, by type.',
  },
  CertificateSigningRequestCondition: {
    '': 'A decision about a request.',
    ...condition,
    lastUpdateTime: 'When the condition was last written.',
    status: 'True; for Approved, Denied and Failed nothing else is possible.',
    type: 'What it is: Approved, Denied or Failed. They cannot be removed, and Approved and Denied exclude each other.',
  },
});
