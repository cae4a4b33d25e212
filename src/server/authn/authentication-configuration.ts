import { parseGoUrl } from '../../api/go-url.ts';
import { bool, list, object, of, opt, ptr, shape, type ShapeOf, string } from '../../api/schema.ts';
import { type FieldError, fieldError, omitted } from '../../api/status.ts';
import { domainPrefixedPath } from '../../kinds/lib/validate.ts';
import { type ConfigurationKind, parseConfiguration } from '../lib/configuration.ts';
import { certificatesOf } from './certificate-verifier.ts';
import { type ClaimProgram, compileClaims, compileUser, type Rule } from './claim-expressions.ts';

const name = (kind: string) => `io.k8s.apiserver.pkg.apis.apiserver.v1.${kind}`;
const texts = (tag: number) => list(tag, string(0));

const prefixedClaim = shape(name('PrefixedClaimOrExpression'), {
  claim: opt(string(1)),
  prefix: ptr(string(2)),
  expression: opt(string(3)),
});
const plainClaim = shape(name('ClaimOrExpression'), { claim: opt(string(1)), expression: opt(string(2)) });
const issuer = shape(name('Issuer'), {
  url: string(1),
  discoveryURL: ptr(string(2)),
  certificateAuthority: opt(string(3)),
  audiences: texts(4),
  audienceMatchPolicy: opt(string(5)),
  egressSelectorType: opt(string(6)),
});
const claimRule = shape(name('ClaimValidationRule'), {
  claim: opt(string(1)),
  requiredValue: opt(string(2)),
  expression: opt(string(3)),
  message: opt(string(4)),
});
const userRule = shape(name('UserValidationRule'), { expression: string(1), message: opt(string(2)) });
const extraMapping = shape(name('ExtraMapping'), { key: string(1), valueExpression: string(2) });
const claimMappings = shape(name('ClaimMappings'), {
  username: object(1, prefixedClaim),
  groups: object(2, prefixedClaim),
  uid: object(3, plainClaim),
  extra: opt(list(4, of(extraMapping))),
});
const jwtAuthenticator = shape(name('JWTAuthenticator'), {
  issuer: object(1, issuer),
  claimValidationRules: opt(list(2, of(claimRule))),
  claimMappings: object(3, claimMappings),
  userValidationRules: opt(list(4, of(userRule))),
});
const anonymousCondition = shape(name('AnonymousAuthCondition'), { path: string(1) });
const anonymousConfig = shape(name('AnonymousAuthConfig'), { enabled: bool(1), conditions: opt(list(2, of(anonymousCondition))) });
const configuration = shape(name('AuthenticationConfiguration'), {
  jwt: list(1, of(jwtAuthenticator)),
  anonymous: ptr(object(2, anonymousConfig)),
});

export interface JwtConfig extends ShapeOf<typeof jwtAuthenticator> {}
export interface AuthenticationConfiguration extends ShapeOf<typeof configuration> {}
export type PrefixedClaim = ShapeOf<typeof prefixedClaim>;

/** https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-config-k8s-io-v1-AuthenticationConfiguration */
const kind = {
  kind: 'AuthenticationConfiguration',
  apiVersions: ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`),
  shape: configuration,
} satisfies ConfigurationKind<any>;

/** Reads --authentication-config. Throws Error in upstream's words; what its fields say is another matter (`compileAuthentication`). */
export const parseAuthenticationConfiguration = (text: string): AuthenticationConfiguration => parseConfiguration(kind, text);

/** What an issuer's tokens are checked and read by, ready to run. */
export interface CompiledJwt {
  readonly config: JwtConfig;
  readonly username?: ClaimProgram | undefined;
  readonly groups?: ClaimProgram | undefined;
  readonly uid?: ClaimProgram | undefined;
  readonly extra: readonly { readonly key: string; readonly program: ClaimProgram }[];
  readonly claimRules: readonly Rule[];
  readonly userRules: readonly Rule[];
}
type Errors = Generator<FieldError, void>;

const mostIssuers = 64;

/** Checks a configuration and compiles its expressions; `disallowed` are the issuers of service account tokens. */
export function compileAuthentication(
  { jwt, anonymous }: AuthenticationConfiguration,
  disallowed: readonly string[],
): { readonly jwt: readonly CompiledJwt[]; readonly errors: readonly FieldError[] } {
  if (jwt.length > mostIssuers) return { jwt: [], errors: [fieldError.tooMany('jwt', jwt.length, mostIssuers)] };
  const errors: FieldError[] = [];
  const [urls, discoveryUrls] = [new Set<string>(), new Set<string>()];
  const compiled = jwt.map((config, index) => {
    const path = `jwt[${index}]`;
    const one = compileIssuer(config, path, disallowed, errors);
    const { url, discoveryURL = '' } = config.issuer;
    if (urls.has(url)) errors.push(fieldError.duplicate(`${path}.issuer.url`, url));
    urls.add(url);
    if (discoveryURL !== '' && discoveryUrls.has(discoveryURL))
      errors.push(fieldError.duplicate(`${path}.issuer.discoveryURL`, discoveryURL));
    discoveryUrls.add(discoveryURL);
    return one;
  });
  if (anonymous !== undefined && !anonymous.enabled && (anonymous.conditions ?? []).length > 0) {
    const why = 'enabled should be set to true when conditions are defined';
    errors.push(fieldError.invalid('anonymous.conditions', anonymous.conditions, why));
  }
  return { jwt: compiled, errors };
}

function* checkUrl(url: string, disallowed: readonly string[], path: string): Errors {
  if (disallowed.includes(url)) {
    const all = `[${[...disallowed].sort().join(' ')}]`;
    yield fieldError.invalid(path, url, `URL must not overlap with disallowed issuers: ${all}`);
  }
  const parsed = parseGoUrl(url);
  if ('error' in parsed) return yield fieldError.invalid(path, url, parsed.error);
  if (parsed.scheme !== 'https') yield fieldError.invalid(path, url, 'URL scheme must be https');
  if (parsed.user !== undefined) yield fieldError.invalid(path, url, 'URL must not contain a username or password');
  if (parsed.query !== '') yield fieldError.invalid(path, url, 'URL must not contain a query');
  if (parsed.fragment !== '') yield fieldError.invalid(path, url, 'URL must not contain a fragment');
}

function* checkIssuer({ issuer }: JwtConfig, path: string, disallowed: readonly string[]): Errors {
  const { url, discoveryURL = '', audiences, audienceMatchPolicy = '', certificateAuthority = '', egressSelectorType = '' } = issuer;
  if (url === '') yield fieldError.required(`${path}.url`);
  else yield* checkUrl(url, disallowed, `${path}.url`);
  if (discoveryURL !== '') {
    if (url !== '' && url.replace(/\/+$/, '') === discoveryURL.replace(/\/+$/, ''))
      yield fieldError.invalid(`${path}.discoveryURL`, discoveryURL, 'discoveryURL must be different from URL');
    yield* checkUrl(discoveryURL, [], `${path}.discoveryURL`);
  }
  if (audiences.length === 0) yield fieldError.required(`${path}.audiences`, `at least one ${path}.audiences is required`);
  for (const [index, audience] of audiences.entries()) {
    if (audience === '') yield fieldError.required(`${path}.audiences[${index}]`);
    if (audiences.indexOf(audience) < index) yield fieldError.duplicate(`${path}.audiences[${index}]`, audience);
  }
  const policyPath = `${path}.audienceMatchPolicy`;
  if (audiences.length > 1 && audienceMatchPolicy !== 'MatchAny')
    yield fieldError.invalid(policyPath, audienceMatchPolicy, 'audienceMatchPolicy must be MatchAny for multiple audiences');
  if (audiences.length === 1 && audienceMatchPolicy !== '' && audienceMatchPolicy !== 'MatchAny')
    yield fieldError.invalid(policyPath, audienceMatchPolicy, 'audienceMatchPolicy must be empty or MatchAny for single audience');
  if (certificateAuthority !== '') {
    const fault = authorityFault(certificateAuthority);
    if (fault !== undefined) yield fieldError.invalid(`${path}.certificateAuthority`, '<omitted>', fault);
  }
  if (egressSelectorType !== '' && egressSelectorType !== 'controlplane' && egressSelectorType !== 'cluster')
    yield fieldError.invalid(`${path}.egressSelectorType`, egressSelectorType, 'egress selector must be either controlplane or cluster');
  // There is no egress selector here, as there is none upstream unless one is configured.
  else if (egressSelectorType !== '')
    yield fieldError.invalid(`${path}.egressSelectorType`, egressSelectorType, 'egress selector is not configured');
}
function authorityFault(pem: string): string | undefined {
  try {
    return certificatesOf(pem).length === 0 ? 'data does not contain any valid RSA or ECDSA certificates' : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function compileIssuer(config: JwtConfig, path: string, disallowed: readonly string[], errors: FieldError[]): CompiledJwt {
  errors.push(...checkIssuer(config, `${path}.issuer`, disallowed));
  const claimRules = compileClaimRules(config.claimValidationRules ?? [], `${path}.claimValidationRules`, errors);
  const mappings = compileMappings(config, `${path}.claimMappings`, claimRules, errors);
  const userRules = compileUserRules(config.userValidationRules ?? [], `${path}.userValidationRules`, errors);
  return { config, ...mappings, claimRules, userRules };
}

function compileClaimRules(rules: readonly ShapeOf<typeof claimRule>[], path: string, errors: FieldError[]): readonly Rule[] {
  const compiled: Rule[] = [];
  const seen = { claim: new Set<string>(), expression: new Set<string>() };
  for (const [index, { claim = '', requiredValue = '', expression = '', message = '' }] of rules.entries()) {
    const at = `${path}[${index}]`;
    if (claim !== '' && expression !== '') errors.push(fieldError.invalid(at, claim, "claim and expression can't both be set"));
    else if (claim === '' && expression === '') errors.push(fieldError.required(at, 'claim or expression is required'));
    else if (claim !== '') {
      if (message !== '') errors.push(fieldError.invalid(`${at}.message`, message, 'may not be specified when claim is set'));
      if (seen.claim.has(claim)) errors.push(fieldError.duplicate(`${at}.claim`, claim));
      seen.claim.add(claim);
    } else {
      if (requiredValue !== '')
        errors.push(fieldError.invalid(`${at}.requiredValue`, requiredValue, 'may not be specified when expression is set'));
      if (seen.expression.has(expression)) errors.push(fieldError.duplicate(`${at}.expression`, expression));
      else {
        const program = compileClaims(expression, 'bool', `${at}.expression`, errors);
        if (program !== undefined) compiled.push({ program, message });
      }
      seen.expression.add(expression);
    }
  }
  return compiled;
}

function compileUserRules(rules: readonly ShapeOf<typeof userRule>[], path: string, errors: FieldError[]): readonly Rule[] {
  const seen = new Set<string>();
  return rules.flatMap(({ expression, message = '' }, index) => {
    const at = `${path}[${index}].expression`;
    if (expression === '') errors.push(fieldError.required(at));
    else if (seen.has(expression)) errors.push(fieldError.duplicate(at, expression));
    else {
      seen.add(expression);
      const program = compileUser(expression, at, errors);
      if (program !== undefined) return [{ program, message }];
    }
    return [];
  });
}

function compilePrefixed({ claim = '', prefix, expression = '' }: PrefixedClaim, path: string, required: boolean, errors: FieldError[]) {
  if (claim !== '' && expression !== '') errors.push(fieldError.invalid(path, '', "claim and expression can't both be set"));
  else if (expression !== '') {
    if (prefix !== undefined) errors.push(fieldError.invalid(`${path}.prefix`, prefix, 'may not be specified when expression is set'));
    return compileClaims(expression, 'any', `${path}.expression`, errors);
  } else if (claim === '') {
    if (required) errors.push(fieldError.required(path, 'claim or expression is required'));
  } else if (prefix === undefined) {
    const why = 'prefix is required when claim is set. It can be set to an empty string to disable prefixing';
    errors.push(fieldError.required(`${path}.prefix`, why));
  }
  return undefined;
}

function compileMappings({ claimMappings: mappings }: JwtConfig, path: string, claimRules: readonly Rule[], errors: FieldError[]) {
  const username = compilePrefixed(mappings.username, `${path}.username`, true, errors);
  const groups = compilePrefixed(mappings.groups, `${path}.groups`, false, errors);
  const { claim = '', expression = '' } = mappings.uid;
  if (claim !== '' && expression !== '') errors.push(fieldError.invalid(`${path}.uid`, '', "claim and expression can't both be set"));
  const uid = expression === '' || claim !== '' ? undefined : compileClaims(expression, 'any', `${path}.uid.expression`, errors);
  const extra = compileExtra(mappings.extra ?? [], `${path}.extra`, errors);
  const saysVerified = [...(username === undefined ? [] : [username]), ...[...extra, ...claimRules].map(({ program }) => program)];
  if (username?.selects('email', 'claims') === true && !saysVerified.some((program) => program.selects('email_verified', 'claims'))) {
    const places = 'claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression';
    const why = `claims.email_verified must be used in ${places} when claims.email is used in claimMappings.username.expression`;
    errors.push(fieldError.invalid(`${path}.username.expression`, mappings.username.expression ?? omitted, why));
  }
  return { username, groups, uid, extra };
}

const reserved = /(^|\.)(kubernetes|k8s)\.io$/;
function compileExtra(mappings: readonly ShapeOf<typeof extraMapping>[], path: string, errors: FieldError[]): CompiledJwt['extra'] {
  const seen = new Set<string>();
  return mappings.flatMap(({ key, valueExpression }, index) => {
    const at = `${path}[${index}]`;
    errors.push(...domainPrefixedPath(`${at}.key`, key));
    if (key !== key.toLowerCase()) errors.push(fieldError.invalid(`${at}.key`, key, 'must be lowercase'));
    const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
    if (reserved.test(domain)) {
      const why = 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use';
      errors.push(fieldError.invalid(`${at}.key`, key, why));
    }
    if (seen.has(key)) errors.push(fieldError.duplicate(`${at}.key`, key));
    else if (valueExpression === '') errors.push(fieldError.required(`${at}.valueExpression`));
    else {
      const program = compileClaims(valueExpression, 'any', `${at}.valueExpression`, errors);
      seen.add(key);
      return program === undefined ? [] : [{ key, program }];
    }
    seen.add(key);
    return [];
  });
}
