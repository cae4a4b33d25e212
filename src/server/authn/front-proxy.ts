import type { Authenticator } from '../types.ts';
import type { CertificateVerifier } from './certificate-verifier.ts';
import { extraHeaders, firstHeader, headerValues } from './headers.ts';

/** Which headers of a trusted proxy tell who the user is (--requestheader-*). Names in any case. */
export interface FrontProxyOptions {
  readonly userHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
  /** Common names of certificates that may; none: every good certificate. */
  readonly allowedNames: readonly string[];
}

/**
 * A proxy that shows a certificate of the front proxy's authority speaks for others, by headers
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy).
 */
export function createFrontProxyAuthenticator(verifier: CertificateVerifier, options: FrontProxyOptions): Authenticator {
  const lower = (names: readonly string[]) => names.map((name) => name.trim().toLowerCase());
  const userHeaders = lower(options.userHeaders);
  const uidHeaders = lower(options.uidHeaders);
  const groupHeaders = lower(options.groupHeaders);
  const prefixes = lower(options.extraHeaderPrefixes);
  const { allowedNames } = options;
  return (request) => {
    const { peerCertificates, headers } = request;
    if (peerCertificates === undefined || peerCertificates.length === 0) return undefined;
    // Looked at first, since nearly no caller is a proxy.
    if (!userHeaders.some((name) => headers[name] !== undefined)) return undefined;
    const { commonName } = verifier.verify(peerCertificates);
    if (allowedNames.length > 0 && !allowedNames.includes(commonName))
      throw new Error(`x509: subject with cn=${commonName} is not in the allowed list`);
    const first = (names: readonly string[]) => names.map((name) => firstHeader(request, name)).find((value) => value !== '') ?? '';
    const user = first(userHeaders);
    if (user === '') return undefined;
    const uid = first(uidHeaders);
    const groups = groupHeaders.flatMap((name) => headerValues(request, name)).filter((group) => group !== '');
    const extra = Object.create(null) as Record<string, string[]>;
    for (const prefix of prefixes)
      for (const [key, values] of Object.entries(extraHeaders(request, prefix) ?? {})) extra[key] = [...(extra[key] ?? []), ...values];
    return { user, groups, ...(uid === '' ? {} : { uid }), ...(Object.keys(extra).length === 0 ? {} : { extra }) };
  };
}
