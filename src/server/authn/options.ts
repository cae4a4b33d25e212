import type { ApiServerFlags } from '../flags.ts';
import { readText } from '../lib/configuration.ts';
import { type AuthenticationConfiguration, parseAuthenticationConfiguration } from './authentication-configuration.ts';
import { certificatesOf } from './certificate-verifier.ts';
import type { FrontProxyOptions } from './front-proxy.ts';

/** What flags say of authentication, with the files that they name read. https://kubernetes.io/docs/reference/access-authn-authz/authentication/ */
export interface AuthenticationOptions {
  /** PEM. */
  readonly clientCa: string;
  readonly frontProxy: (FrontProxyOptions & { readonly ca: string }) | undefined;
  readonly configuration: AuthenticationConfiguration;
  readonly file: { readonly path: string; readonly text: string } | undefined;
  readonly algorithms: readonly string[];
  readonly anonymous: { readonly enabled: boolean; readonly conditions?: readonly { readonly path: string }[] | undefined };
}

/** Algorithms that a provider may sign with (RFC 7518, 3.1): asymmetric ones. */
const signingAlgorithms: readonly string[] = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'];
const headerFlags = ['requestheader-username-headers', 'requestheader-uid-headers', 'requestheader-group-headers'] as const;
const lower = (names: readonly string[]) => names.map((name) => name.toLowerCase());

/** The front proxy as kubeadm sets it up, unless flags say otherwise. `ca`: PEM, '' for none. */
function frontProxyOf(flags: ApiServerFlags, ca: string): AuthenticationOptions['frontProxy'] {
  const file = flags['requestheader-client-ca-file'];
  const authority = file === undefined ? ca : readText(file);
  if (authority === '') return undefined;
  const uidHeaders = flags['requestheader-uid-headers'] ?? (file === undefined ? ['X-Remote-Uid'] : []);
  if (uidHeaders.length > 0 && !lower(uidHeaders).includes('x-remote-uid'))
    throw new Error(
      '--requestheader-uid-headers is set without specifying the standard X-Remote-Uid header - API aggregation will not work',
    );
  for (const name of headerFlags)
    if (flags[name]?.some((one) => one.trim() === '')) throw new Error(`empty value in ${JSON.stringify(name)}`);
  const byDefault = (names: readonly string[]) => (file === undefined ? names : []);
  return {
    ca: authority,
    uidHeaders,
    userHeaders: flags['requestheader-username-headers'] ?? byDefault(['X-Remote-User']),
    groupHeaders: flags['requestheader-group-headers'] ?? byDefault(['X-Remote-Group']),
    extraHeaderPrefixes: flags['requestheader-extra-headers-prefix'] ?? byDefault(['X-Remote-Extra-']),
    allowedNames: flags['requestheader-allowed-names'] ?? byDefault(['front-proxy-client']),
  };
}

/** --oidc-* flags as a configuration of one issuer. */
function oidcConfiguration(flags: ApiServerFlags): AuthenticationConfiguration {
  const [url, clientId] = [flags['oidc-issuer-url'] ?? '', flags['oidc-client-id'] ?? ''];
  if (url === '' || clientId === '') return { jwt: [] };
  const claim = flags['oidc-username-claim'] ?? 'sub';
  const given = flags['oidc-username-prefix'] ?? '';
  const prefix = given === '' && claim !== 'email' ? `${url}#` : given === '-' ? '' : given;
  const groupsClaim = flags['oidc-groups-claim'] ?? '';
  const caFile = flags['oidc-ca-file'];
  const required = Object.entries(flags['oidc-required-claim'] ?? {});
  return {
    jwt: [
      {
        issuer: { url, audiences: [clientId], ...(caFile === undefined ? {} : { certificateAuthority: readText(caFile) }) },
        claimMappings: {
          username: { claim, prefix },
          groups: groupsClaim === '' ? {} : { claim: groupsClaim, prefix: flags['oidc-groups-prefix'] ?? '' },
          uid: {},
        },
        ...(required.length === 0
          ? {}
          : { claimValidationRules: required.map(([name, value]) => ({ claim: name, requiredValue: value })) }),
      },
    ],
  };
}

function checkOidcFlags(flags: ApiServerFlags): void {
  const given = Object.keys(flags).filter((name) => name.startsWith('oidc-'));
  if (given.length === 0) return;
  if (flags['authentication-config'] !== undefined) throw new Error('authentication-config file and oidc-* flags are mutually exclusive');
  if (!flags['oidc-issuer-url'] || !flags['oidc-client-id'])
    throw new Error('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set');
  for (const name of flags['oidc-signing-algs'] ?? [])
    if (!signingAlgorithms.includes(name)) throw new Error(`oidc: unsupported signing alg: ${JSON.stringify(name)}`);
}

function anonymousOf(flags: ApiServerFlags, { anonymous }: AuthenticationConfiguration): AuthenticationOptions['anonymous'] {
  const allowed = flags['anonymous-auth'];
  if (anonymous === undefined) {
    const alwaysAllows = flags['authorization-mode']?.includes('AlwaysAllow') === true;
    return { enabled: (allowed ?? true) && !alwaysAllows };
  }
  if (allowed !== undefined)
    throw new Error(
      'anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
    );
  return anonymous;
}

/**
 * Reads flags and their files. Throws Error in upstream's words for what does not go together. `clientCa` and `frontProxyCa`: PEM of the cluster's
 * own authorities, for where no flag names another.
 */
export function authenticationOptions(flags: ApiServerFlags, clientCa: string, frontProxyCa: string): AuthenticationOptions {
  checkOidcFlags(flags);
  const frontProxy = frontProxyOf(flags, frontProxyCa);
  const caFile = flags['client-ca-file'];
  const ca = caFile === undefined ? clientCa : readText(caFile);
  if (frontProxy !== undefined && frontProxy.allowedNames.length === 0 && overlap(ca, frontProxy.ca))
    throw new Error(
      '--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; --requestheader-allowed-names must be specified to ensure regular client certificates cannot set authenticating proxy headers for arbitrary users',
    );
  const path = flags['authentication-config'];
  const file = path === undefined ? undefined : { path, text: readText(path) };
  const configuration = file === undefined ? oidcConfiguration(flags) : configurationIn(file);
  return {
    clientCa: ca,
    frontProxy,
    configuration,
    file,
    algorithms: file === undefined ? (flags['oidc-signing-algs'] ?? ['RS256']) : signingAlgorithms,
    anonymous: anonymousOf(flags, configuration),
  };
}
function configurationIn({ path, text }: { readonly path: string; readonly text: string }): AuthenticationConfiguration {
  try {
    return parseAuthenticationConfiguration(text);
  } catch (error) {
    throw new Error(`failed to load authentication configuration from file ${JSON.stringify(path)}: ${(error as Error).message}`);
  }
}
function overlap(one: string, other: string): boolean {
  const known = new Set(certificatesOf(one).map(({ fingerprint256 }) => fingerprint256));
  return certificatesOf(other).some(({ fingerprint256 }) => known.has(fingerprint256));
}
