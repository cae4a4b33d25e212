import type { TokenAuthority } from './tokens.ts';

export interface OpenIdDocuments {
  /** Served at /.well-known/openid-configuration as application/json. */
  readonly configuration: string;
  /** Served at /openid/v1/jwks as application/jwk-set+json. */
  readonly keySet: string;
}
/** For the Cache-Control header of both. */
export const openIdMaxAgeSeconds = 3600;

/**
 * What others need to check service account tokens by themselves (KEP-1393). `address` is host:port of the API server; `keySetUrl`: where they
 * find the keys, where that is elsewhere. undefined for an issuer that can't be asked: it must be a plain https URL.
 */
export function openIdDocuments(tokens: TokenAuthority, address: string, keySetUrl?: string): OpenIdDocuments | undefined {
  const issuer = URL.parse(tokens.issuer);
  if (issuer?.protocol !== 'https:' || issuer.search !== '' || issuer.hash !== '') return undefined;
  const configuration = {
    issuer: tokens.issuer,
    jwks_uri: keySetUrl ?? `https://${address}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(tokens.keys.map((key) => key.algorithm))].sort(),
  };
  const keys = tokens.keys.map(({ id, key, algorithm }) => ({ use: 'sig', kid: id, alg: algorithm, ...key.export({ format: 'jwk' }) }));
  return { configuration: JSON.stringify(configuration), keySet: JSON.stringify({ keys }) };
}
