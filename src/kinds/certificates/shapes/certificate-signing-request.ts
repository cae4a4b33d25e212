import { bytes, int32, list, map, of, opt, optional, ptr, shape, type ShapeOf, string, time } from '../../../api/schema.ts';

export const certificateSigningRequestSpec = shape('io.k8s.api.certificates.v1.CertificateSigningRequestSpec', {
  request: bytes(1),
  signerName: string(7),
  expirationSeconds: ptr(int32(8)),
  usages: opt(
    list(
      5,
      string(0, {
        enum: [
          'signing',
          'digital signature',
          'content commitment',
          'key encipherment',
          'key agreement',
          'data encipherment',
          'cert sign',
          'crl sign',
          'encipher only',
          'decipher only',
          'any',
          'server auth',
          'client auth',
          'code signing',
          'email protection',
          's/mime',
          'ipsec end system',
          'ipsec tunnel',
          'ipsec user',
          'timestamping',
          'ocsp signing',
          'microsoft sgc',
          'netscape sgc',
        ],
      }),
      { listType: 'atomic' },
    ),
  ),
  username: opt(string(2)),
  uid: opt(string(3)),
  groups: opt(list(4, string(0), { listType: 'atomic' })),
  extra: opt(map(6, list(0, string(0), { goName: 'v1.ExtraValue' }))),
});
export interface CertificateSigningRequestSpec extends ShapeOf<typeof certificateSigningRequestSpec> {}

export const certificateSigningRequestCondition = shape('io.k8s.api.certificates.v1.CertificateSigningRequestCondition', {
  type: string(1),
  status: string(6),
  reason: opt(string(2)),
  message: opt(string(3)),
  lastUpdateTime: optional(time(4)),
  lastTransitionTime: optional(time(5)),
});
export interface CertificateSigningRequestCondition extends ShapeOf<typeof certificateSigningRequestCondition> {}

export const certificateSigningRequestStatus = shape('io.k8s.api.certificates.v1.CertificateSigningRequestStatus', {
  conditions: opt(list(1, of(certificateSigningRequestCondition), { listType: 'map', listKeys: ['type'] })),
  certificate: opt(bytes(2)),
});
export interface CertificateSigningRequestStatus extends ShapeOf<typeof certificateSigningRequestStatus> {}
