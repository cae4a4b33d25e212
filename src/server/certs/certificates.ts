import { readIfPresent } from '../../base/files.node.ts';
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { SigningOrder } from '../../client/controller.ts';
import type { KeyPair } from './certificate.ts';
import { issueCertificate, type IssueRequest } from './issue.ts';
import { signRequest } from './sign-request.ts';

export interface CertificateOptions {
  /** Further names and addresses that the API server is reached by. */
  readonly hosts?: readonly string[];
  readonly ips?: readonly string[];
  readonly clock: Clock;
}

/** The cluster's keys and certificates. File names are those of kubeadm's pki folder. */
export interface Certificates {
  readonly clusterCa: KeyPair;
  readonly serving: KeyPair;
  readonly frontProxyCa: KeyPair;
  /** What the API server shows to aggregated API servers. */
  readonly frontProxyClient: KeyPair;
  /** CN=kubernetes-admin, O=system:masters */
  readonly admin: KeyPair;
  /** Signs service account tokens (ES256). PEM of the private key. */
  readonly serviceAccountKeyPem: string;
  /** When the first of the certificates should be renewed, by calling ensureCertificates again. */
  readonly renewAtMs: number;
  /** A client certificate: CN is the user, O the groups. */
  signClientCertificate(user: string, groups: readonly string[], lifetimeMs?: number): KeyPair;
  /** A certificate for what a request asks for, as PEM. */
  signRequest(order: SigningOrder): Promise<string>;
  /** A kubelet's pair: client as system:node:<name>, and server for its names and addresses. */
  signNodeCertificate(nodeName: string, ips: readonly string[], lifetimeMs?: number): KeyPair;
}

const dayMs = 24 * 3_600_000;
const authorityLifetimeMs = 3650 * dayMs;
const leafLifetimeMs = 365 * dayMs;
/** Certificates hold a little before now, so that clocks may differ between machines. */
const skewMs = 5 * 60_000;

const wellKnownHosts = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost'];
const wellKnownIps = ['10.96.0.1', '127.0.0.1', '::1'];

type Plan = Omit<IssueRequest, 'notBeforeMs' | 'notAfterMs' | 'issuer'>;

function writePrivate(path: string, text: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}
/** At two thirds of a certificate's life. */
function renewalMs(certificate: X509Certificate): number {
  const from = certificate.validFromDate.getTime();
  return from + ((certificate.validToDate.getTime() - from) * 2) / 3;
}

/** Whether a pair on disk still serves: not due for renewal, key and issuer fit, every name is in it. */
function serves(pair: KeyPair, plan: Plan, issuer: KeyPair | undefined, nowMs: number): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(pair.certificatePem);
    const authority = issuer === undefined ? certificate : new X509Certificate(issuer.certificatePem);
    const good =
      nowMs < renewalMs(certificate) &&
      certificate.checkPrivateKey(createPrivateKey(pair.privateKeyPem)) &&
      certificate.checkIssued(authority) &&
      certificate.verify(authority.publicKey) &&
      (plan.dnsNames ?? []).every((name) => certificate.checkHost(name) !== undefined) &&
      (plan.ips ?? []).every((ip) => certificate.checkIP(ip) !== undefined);
    return good ? certificate : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads the cluster's certificates from `dir` and issues what is missing, due (two thirds of its life are over), or lacks
 * a name. An authority is never replaced while it is valid, nor is the key of service account tokens: both would lock out
 * who holds what they signed.
 */
export function ensureCertificates(dir: string, options: CertificateOptions): Certificates {
  const nowMs = options.clock.now();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  let renewAtMs = Number.POSITIVE_INFINITY;

  const ensure = (file: string, plan: Plan, issuer?: KeyPair): KeyPair => {
    const [certificatePath, keyPath] = [join(dir, `${file}.crt`), join(dir, `${file}.key`)];
    const [certificatePem, privateKeyPem] = [readIfPresent(certificatePath), readIfPresent(keyPath)];
    if (certificatePem !== undefined && privateKeyPem !== undefined) {
      const pair = { certificatePem, privateKeyPem };
      const certificate = serves(pair, plan, issuer, nowMs);
      if (certificate !== undefined) {
        renewAtMs = Math.min(renewAtMs, renewalMs(certificate));
        return pair;
      }
    }
    const lifetimeMs = issuer === undefined ? authorityLifetimeMs : leafLifetimeMs;
    const times = { notBeforeMs: nowMs - skewMs, notAfterMs: nowMs + lifetimeMs };
    const pair = issueCertificate({ ...plan, ...times, ...(issuer === undefined ? {} : { issuer }) });
    writePrivate(keyPath, pair.privateKeyPem);
    writePrivate(certificatePath, pair.certificatePem);
    renewAtMs = Math.min(renewAtMs, renewalMs(new X509Certificate(pair.certificatePem)));
    return pair;
  };

  const clusterCa = ensure('ca', { commonName: 'kubernetes', use: 'ca' });
  const frontProxyCa = ensure('front-proxy-ca', { commonName: 'front-proxy-ca', use: 'ca' });
  const serving = ensure('apiserver', servingPlan(options), clusterCa);
  const frontProxyClient = ensure('front-proxy-client', { commonName: 'front-proxy-client', use: 'client' }, frontProxyCa);
  const admin = ensure('admin', { commonName: 'kubernetes-admin', organizations: ['system:masters'], use: 'client' }, clusterCa);
  const sign = (plan: Plan, lifetimeMs = leafLifetimeMs) =>
    issueCertificate({
      ...plan,
      issuer: clusterCa,
      notBeforeMs: options.clock.now() - skewMs,
      notAfterMs: options.clock.now() + lifetimeMs,
    });
  return {
    clusterCa,
    serving,
    frontProxyCa,
    frontProxyClient,
    admin,
    serviceAccountKeyPem: ensureServiceAccountKey(dir),
    renewAtMs,
    signClientCertificate: (user, groups, lifetimeMs) => sign({ commonName: user, organizations: groups, use: 'client' }, lifetimeMs),
    signRequest: (order) => signRequest(clusterCa, order, options.clock.now()),
    signNodeCertificate: (nodeName, ips, lifetimeMs) =>
      sign(
        { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'], use: 'client+server', dnsNames: [nodeName], ips },
        lifetimeMs,
      ),
  };
}

function servingPlan(options: CertificateOptions): Plan {
  return {
    commonName: 'kube-apiserver',
    use: 'server',
    dnsNames: [...new Set([...wellKnownHosts, ...(options.hosts ?? [])])],
    ips: [...new Set([...wellKnownIps, ...(options.ips ?? [])])],
  };
}

function ensureServiceAccountKey(dir: string): string {
  const path = join(dir, 'sa.key');
  const present = readIfPresent(path);
  if (present !== undefined) return present;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  writePrivate(join(dir, 'sa.pub'), createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string);
  writePrivate(path, pem);
  return pem;
}
