import { X509Certificate } from 'node:crypto';
import { DerError, elementAt, elementsOf, nameAttributes } from '../../../src/base/der.ts';
import { decodePem, encodePem } from '../../../src/base/pem.ts';
import { certificateEndMs } from '../../../src/kinds/certificates/lib/certificate.ts';
import { parseRequest, requestText } from '../../../src/kinds/certificates/lib/request.ts';
import { certificateSubject } from '../../../src/server/authn/certificate-subject.ts';
import { cryptography } from '../../../src/server/certs/cryptography.ts';
import { issueCertificate } from '../../../src/server/certs/issue.ts';
import { requestFor } from '../../helpers/certificate-request.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

/** PEM, and DER as certificates, requests and names use it: each input is read as either. */
export const target: Target = {
  samples() {
    const times = { notBeforeMs: Date.UTC(2026, 0), notAfterMs: Date.UTC(2060, 0) };
    const { certificatePem } = issueCertificate({ commonName: 'a', use: 'ca', ...times });
    const requestPem = requestFor({ CN: 'system:node:a', O: 'system:nodes' }, { dns: ['a', 'b.example.com'], ip: ['10.0.0.1', '::1'] });
    const name = nameAttributes(elementAt(parseRequest(requestPem).subject)).map(({ text }) => text);
    return [
      certificatePem,
      requestPem,
      `${requestPem}\n${certificatePem}`,
      `noise\n-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\n${btoa(name.join())}\n-----END X-----\n`,
      decodePem(certificatePem)!.bytes,
      decodePem(requestPem)!.bytes,
      new X509Certificate(certificatePem).raw,
    ];
  },
  words: [
    ...['-----BEGIN ', '-----END ', '-----', 'CERTIFICATE', 'CERTIFICATE REQUEST', '-----BEGIN A-----\n', '\n', 'MII', '==', ': '],
    ...[[0x30, 0x82], [0x30, 0x80], [0x31, 0], [0x30, 0x84, 0x7f, 0xff, 0xff, 0xff], [0x06, 3, 0x55, 4, 3], [0x1e, 2, 0xd8, 0], [0xa0]].map(
      (code) => Uint8Array.from(code),
    ),
  ],
  check(input) {
    const text = textOf(input);
    const block = decodePem(text);
    for (const der of block === undefined ? [input] : [input, block.bytes]) {
      allow(() => certificateSubject(der), DerError);
      allow(() => certificateEndMs(der), DerError);
      allow(() => nameAttributes(elementAt(der)), DerError);
      allow(() => elementsOf(der), DerError);
      cryptography.certificate(der);
    }
    for (const pem of [text, requestText(text), encodePem('CERTIFICATE REQUEST', input)]) {
      const request = allow(() => parseRequest(pem), DerError, Error);
      if (request !== undefined) allow(() => cryptography.signature(request), DerError);
    }
  },
};
