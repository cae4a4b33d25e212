import { X509Certificate } from 'node:crypto';

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
const clientCa = 'client-ca-file';
const proxyCa = 'requestheader-client-ca-file';
const lists = [
  'requestheader-username-headers',
  'requestheader-uid-headers',
  'requestheader-group-headers',
  'requestheader-extra-headers-prefix',
  'requestheader-allowed-names',
];

/**
 * What extension-apiserver-authentication should hold: what it holds, and what this server has to say (clusterauthenticationtrust
 * upstream). Several servers may write it, each its own part. Throws Error for content that cannot be read.
 */
export function trustData(present: Data, own: Data, nowMs: number): Data {
  const data: Record<string, string> = {};
  const clients = joinedPem(present[clientCa] ?? '', own[clientCa] ?? '', nowMs);
  if (clients !== '') data[clientCa] = clients;
  const proxies = joinedPem(present[proxyCa] ?? '', own[proxyCa] ?? '', nowMs);
  if (proxies === '') return data;
  data[proxyCa] = proxies;
  for (const key of lists) {
    const joined = [...new Set([...listIn(present[key]), ...listIn(own[key])])];
    if (joined.length > 0 || key !== 'requestheader-uid-headers') data[key] = JSON.stringify(joined);
  }
  return data;
}
