import { goQuote } from '../../api/go-text.ts';
import type { Remote } from '../lib/remote.ts';
import { parseJwt } from './jwt.ts';
import { type Claims, issuerOf, OidcProvider, type ProviderOptions } from './oidc-provider.ts';

const requestTimeoutMs = 30_000;
/** Issuers of claims that one issuer refers to. */
const providersMax = 16;

interface Source {
  readonly endpoint?: string;
  readonly access_token?: string;
}

/** Fetches a claim that a token only points to (OpenID Connect Core 1.0, 5.6.2): groups of users who have very many. */
export class DistributedClaims {
  readonly #claim: string;
  readonly #remote: Remote;
  readonly #options: ProviderOptions;
  readonly #providers = new Map<string, OidcProvider>();

  constructor(claim: string, options: ProviderOptions) {
    this.#claim = claim;
    this.#remote = options.remote;
    this.#options = options;
  }
  /** The claims, with the one that stood elsewhere. Throws Error with what is wrong. */
  async expand(claims: Claims): Promise<Claims> {
    const name = this.#claim;
    const names = claims._claim_names as Readonly<Record<string, string>> | undefined;
    if (claims[name] !== undefined || names === undefined) return claims;
    const sources = claims._claim_sources as Readonly<Record<string, Source>> | undefined;
    if (sources === undefined) throw new Error('oidc: no claim sources');
    const from = names[name];
    if (from === undefined) return claims;
    const source = sources[from];
    if (source === undefined) throw new Error(`id token _claim_names contained a source ${from} missing in _claims_sources`);
    if (!source.endpoint) return claims;
    return { ...claims, [name]: await this.#resolve(source.endpoint, source.access_token) };
  }
  async #resolve(endpoint: string, accessToken: string | undefined): Promise<unknown> {
    const name = this.#claim;
    const headers: Record<string, string> = accessToken ? { authorization: `Bearer ${accessToken}` } : {};
    const answer = await this.#remote
      .request({ method: 'GET', url: endpoint, headers, timeoutMs: requestTimeoutMs })
      .catch((error: Error) => {
        throw new Error(`while getting distributed claim ${goQuote(name)}: ${error.message}`);
      });
    if (answer.code < 200 || answer.code > 226)
      throw new Error(`while getting distributed claim ${goQuote(name)}: error while getting distributed claim JWT: ${answer.code}`);
    const jwt = parseJwt(answer.text);
    if (jwt === undefined)
      throw new Error(`getting untrusted issuer from endpoint ${endpoint} failed for claim ${goQuote(name)}: malformed token`);
    const verified = await this.#provider(issuerOf(jwt.claims))
      .verify(answer.text)
      .catch((error: Error) => {
        throw new Error(`verify distributed claim token: ${error.message}`);
      });
    if (verified[name] === undefined)
      throw new Error(`jwt returned by distributed claim endpoint ${goQuote(endpoint)} did not contain claim: ${name}`);
    return verified[name];
  }
  #provider(issuer: string): OidcProvider {
    let provider = this.#providers.get(issuer);
    if (provider === undefined) {
      if (this.#providers.size >= providersMax)
        throw new Error(`too many issuers of distributed claims; ${goQuote(issuer)} is one too many`);
      provider = new OidcProvider({ ...this.#options, issuer, discoveryUrl: undefined, keysFetched: undefined });
      this.#providers.set(issuer, provider);
    }
    if (provider.failure !== undefined)
      throw new Error(`verifying untrusted issuer ${issuer} failed: verifier not initialized for issuer: ${goQuote(issuer)}`);
    return provider;
  }
}
