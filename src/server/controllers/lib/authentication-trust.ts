import { X509Certificate } from 'node:crypto';
import type { AuthenticationTrust } from '../../../client/controller.ts';

type Data = Readonly<Record<string, string>>;

const graceMs = 5 * 60_000;
const certificatesIn = (pem: string): readonly string[] => pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];

/** Certificates of both, each once, without those that are over. */
function joinedPem(a: string, b: string, nowMs: number): string {
  const byContent = new Map<string, string>();
  for (const pem of [...certificatesIn(a), ...certificatesIn(b)]) {
    const certificate = new X509Certificate(pem);
    if (certificate.validToDate.getTime() > nowMs - graceMs) byContent.set(certificate.fingerprint512, certificate.toString());
  }
  return [...byContent.values()].join('');
}
function listIn(text: string | undefined): readonly string[] {
  if (!text) return [];
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new TypeError('expected a list of texts');
  return value.map(String);
}

/**
 * What the ConfigMap should hold: what it holds, and what this server believes (clusterauthenticationtrust upstream). Several servers
 * may write it, each its own part. Throws Error for content that cannot be read.
 */
export function trustData(present: Data, { clientCa, requestHeader }: AuthenticationTrust, nowMs: number): Data {
  const data: Record<string, string> = {};
  const clients = joinedPem(present['client-ca-file'] ?? '', clientCa, nowMs);
  if (clients !== '') data['client-ca-file'] = clients;
  const proxies = joinedPem(present['requestheader-client-ca-file'] ?? '', requestHeader?.ca ?? '', nowMs);
  if (proxies === '') return data;
  const joined = (key: string, own: readonly string[] = []) => [...new Set([...listIn(present[key]), ...own])];
  const put = (key: string, own: readonly string[] | undefined) => {
    data[key] = JSON.stringify(joined(key, own));
  };
  put('requestheader-username-headers', requestHeader?.usernameHeaders);
  if (joined('requestheader-uid-headers', requestHeader?.uidHeaders).length > 0)
    put('requestheader-uid-headers', requestHeader?.uidHeaders);
  put('requestheader-group-headers', requestHeader?.groupHeaders);
  put('requestheader-extra-headers-prefix', requestHeader?.extraHeaderPrefixes);
  data['requestheader-client-ca-file'] = proxies;
  put('requestheader-allowed-names', requestHeader?.allowedNames);
  return data;
}
