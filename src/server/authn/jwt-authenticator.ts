import { goQuote } from '../../api/go-text.ts';
import type { CelValue } from '../../cel/index.ts';
import type { Identity } from '../../client/call.ts';
import type { CompiledJwt, PrefixedClaim } from './authentication-configuration.ts';
import { checkRules, claimsValue, evaluate, textsOf, userValue } from './claim-expressions.ts';
import { DistributedClaims } from './distributed-claims.ts';
import { parseJwt } from './jwt.ts';
import { type Claims, issuerOf, OidcProvider, type ProviderOptions } from './oidc-provider.ts';

/** Go's json.Unmarshal into a string. */
function textClaim(claims: Claims, name: string): string {
  const value = claims[name];
  if (value === undefined) throw new Error('claim not present');
  if (typeof value === 'string') return value;
  if (value === null) return '';
  const types: Readonly<Record<string, string>> = { number: 'number', boolean: 'bool', object: Array.isArray(value) ? 'array' : 'object' };
  throw new Error(`json: cannot unmarshal ${types[typeof value]} into Go value of type string`);
}
function said<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${prefix}: ${(error as Error).message}`);
  }
}

function usernameOf({ config, username }: CompiledJwt, claims: Claims, value: CelValue): string {
  if (username !== undefined) {
    const name = said('oidc: error evaluating username claim expression', () => {
      const result = evaluate(username, 'claims', value);
      if (typeof result !== 'string') throw new Error('username claim expression must return a string');
      return result;
    });
    if (name === '') throw new Error('oidc: empty username via CEL expression is not allowed');
    return name;
  }
  const { claim = '', prefix = '' } = config.claimMappings.username;
  const name = said(`oidc: parse username claims ${goQuote(claim)}`, () => textClaim(claims, claim));
  if (claim === 'email' && claims.email_verified !== undefined) {
    if (typeof claims.email_verified !== 'boolean')
      throw new Error(
        `oidc: parse 'email_verified' claim: json: cannot unmarshal ${typeof claims.email_verified} into Go value of type bool`,
      );
    if (!claims.email_verified) throw new Error('oidc: email not verified');
  }
  return prefix + name;
}

function groupsOf({ config, groups }: CompiledJwt, claims: Claims, value: CelValue): readonly string[] {
  const { claim = '', prefix = '' }: PrefixedClaim = config.claimMappings.groups;
  if (claim !== '' && claims[claim] !== undefined) {
    const given = claims[claim];
    const isTexts = Array.isArray(given) && given.every((one) => typeof one === 'string');
    const names = isTexts
      ? (given as readonly string[])
      : [said(`oidc: parse groups claim ${goQuote(claim)}`, () => textClaim(claims, claim))];
    return names.map((name) => prefix + name);
  }
  if (groups === undefined) return [];
  return said('oidc: error evaluating group claim expression', () => textsOf(evaluate(groups, 'claims', value)));
}

function uidOf({ config, uid }: CompiledJwt, claims: Claims, value: CelValue): string {
  const { claim = '' } = config.claimMappings.uid;
  if (claim !== '') return said(`oidc: parse uid claim ${goQuote(claim)}`, () => textClaim(claims, claim));
  if (uid === undefined) return '';
  return said('oidc: error evaluating uid claim expression', () => {
    const result = evaluate(uid, 'claims', value);
    if (typeof result !== 'string') throw new Error('uid claim expression must return a string');
    return result;
  });
}

function extraOf({ extra }: CompiledJwt, claims: Claims, value: CelValue): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {};
  if (typeof claims.jti === 'string' && claims.jti !== '') found['authentication.kubernetes.io/credential-id'] = [`JTI=${claims.jti}`];
  const results = extra.map(({ program }) => evaluate(program, 'claims', value));
  for (const [index, { key, program }] of extra.entries()) {
    const texts = said(`oidc: error evaluating extra claim expression: ${program.expression}`, () => textsOf(results[index]!));
    if (texts.length > 0) found[key] = texts;
  }
  return found;
}

/** Who the claims of a token name, by an issuer's mappings and rules. Throws Error in upstream's words for a token that does not pass. */
export function identityOf(jwt: CompiledJwt, claims: Claims): Identity {
  const value = claimsValue(claims);
  const user = usernameOf(jwt, claims, value);
  const groups = groupsOf(jwt, claims, value);
  const uid = uidOf(jwt, claims, value);
  const extra = extraOf(jwt, claims, value);
  for (const { claim = '', requiredValue = '' } of jwt.config.claimValidationRules ?? []) {
    if (claim === '') continue;
    if (claims[claim] === undefined) throw new Error(`oidc: required claim ${claim} not present in ID token`);
    const got = said(`oidc: parse claim ${claim}`, () => textClaim(claims, claim));
    if (got !== requiredValue) throw new Error(`oidc: required claim ${claim} value does not match. Got = ${got}, want = ${requiredValue}`);
  }
  said('oidc: error evaluating claim validation expression', () => checkRules(jwt.claimRules, 'claims', value));
  const identity: Identity = {
    user,
    groups,
    ...(uid === '' ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
  said('oidc: error evaluating user info validation rule', () => checkRules(jwt.userRules, 'user', userValue(identity)));
  return identity;
}

/** Knows the ID tokens of one issuer. */
export class JwtAuthenticator {
  readonly provider: OidcProvider;
  readonly #jwt: CompiledJwt;
  readonly #distributed: DistributedClaims | undefined;

  constructor(jwt: CompiledJwt, options: Omit<ProviderOptions, 'issuer' | 'discoveryUrl' | 'audiences'>) {
    const { url, discoveryURL, audiences } = jwt.config.issuer;
    const provider: ProviderOptions = { ...options, issuer: url, discoveryUrl: discoveryURL || undefined, audiences };
    const { claim = '' } = jwt.config.claimMappings.groups;
    this.#jwt = jwt;
    this.provider = new OidcProvider(provider);
    this.#distributed = claim === '' ? undefined : new DistributedClaims(claim, provider);
  }
  /** undefined: a token of another issuer. Throws Error with the reason for one that is not good. */
  async authenticate(token: string): Promise<Identity | undefined> {
    const parsed = parseJwt(token);
    if (parsed === undefined || issuerOf(parsed.claims) !== this.#jwt.config.issuer.url) return undefined;
    if (this.provider.failure !== undefined) throw new Error('oidc: authenticator not initialized');
    const claims = await this.provider.verify(token).catch((error: Error) => {
      throw new Error(`oidc: verify token: ${error.message}`);
    });
    const expanded = await this.#distributed?.expand(claims).catch((error: Error) => {
      throw new Error(`oidc: could not expand distributed claims: ${error.message}`);
    });
    return identityOf(this.#jwt, expanded ?? claims);
  }
}
