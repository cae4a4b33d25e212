import { setLatest } from '../../base/latest.ts';
import { createPrivateKey, timingSafeEqual } from 'node:crypto';
import type { Draft } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Clock } from '../../base/clock.ts';
import { Metrics } from '../../base/metrics.ts';
import { isObject } from '../../base/objects.ts';
import type { Identity } from '../../client/call.ts';
import type { ServiceAccount } from '../../kinds/core/service-account.ts';
import type { CredentialNote, NoteCredential, Resources, TokenAuthenticator, Tokens, WriteContext } from '../types.ts';
import { dayOf, invalidSinceLabel, lastUsedLabel, legacyIssuer } from './legacy-token.ts';
import { TokenMetrics } from './metrics.ts';
import { type ParsedJwt, parseJwt, signJwt, type VerificationKey, verificationKey, verificationKeys, verifyJwt } from './jwt.ts';

export const defaultIssuer = 'https://kubernetes.default.svc.cluster.local';
/** Clocks may differ by this much, and what was deleted this recently still counts (go-jose's leeway). */
const leewayMs = 60_000;
const dayMs = 86_400_000;
const asServer: WriteContext = { identity: { user: 'system:apiserver', groups: ['system:masters'] }, fieldManager: 'kube-apiserver' };
const tokenMaxBytes = 64 * 1024;
const cachedMax = 4096;

export interface TokenOptions {
  /** PEM of the private key that signs. */
  readonly keyPem: string;
  /** PEM of further keys, private or public, several in one text: tokens that they signed count too (--service-account-key-file). */
  readonly verifyPems?: readonly string[];
  readonly resources: Pick<Resources, 'kinds' | 'get' | 'change'>;
  readonly clock: Clock;
  /** The first stands in new tokens, each is accepted. */
  readonly issuers?: readonly string[];
  /** Default: the issuers. */
  readonly audiences?: readonly string[];
  /** Default true: tokens of secrets die with them (--service-account-lookup). */
  readonly lookup?: boolean;
  readonly maxExpirationSeconds?: number | undefined;
  /** Default true: tokens of pods last longer than asked for, since old clients never read them again. */
  readonly extendExpiration?: boolean;
  /** Where is counted which tokens are shown. Default: nowhere. */
  readonly metrics?: Metrics | undefined;
}

/** Service account tokens: what signs them and what knows them. */
export interface TokenAuthority extends Omit<Tokens, 'authenticate'> {
  readonly keys: readonly VerificationKey[];
  readonly authenticate: TokenAuthenticator;
}

interface Ref {
  readonly name?: string;
  readonly uid?: string;
}
interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
  readonly 'kubernetes.io'?: {
    readonly namespace?: string;
    readonly serviceaccount?: Ref;
    readonly pod?: Ref;
    readonly secret?: Ref;
    readonly node?: Ref;
    /** Seconds since 1970: later than asked for, though it still counts. */
    readonly warnafter?: number;
  };
}

const annotation = (name: string, value: string): CredentialNote => ({ type: 'annotation', key: `authentication.k8s.io/${name}`, value });
const useTokenRequests =
  'Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.';

/** Go's %q of a list of strings. */
const quoted = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;

function checkTimes(claims: Claims, nowMs: number): void {
  const seconds = (value: unknown): number | undefined => (typeof value === 'number' ? value * 1000 : undefined);
  const [exp, nbf, iat] = [seconds(claims.exp), seconds(claims.nbf), seconds(claims.iat)];
  if (nbf !== undefined && nowMs + leewayMs < nbf) throw new Error('service account token is not valid yet');
  if (exp !== undefined && nowMs - leewayMs > exp) throw new Error('service account token has expired');
  if (iat !== undefined && nowMs + leewayMs < iat) throw new Error('service account token is issued in the future');
}

/** The identity of a service account (apiserver's serviceaccount.UserInfo). */
export function serviceAccountIdentity(
  namespace: string,
  name: string,
  uid: string,
  bound: { readonly pod?: Ref; readonly node?: Ref; readonly credentialId?: string } = {},
): Identity {
  const extra: Record<string, readonly string[]> = {};
  const add = (key: string, value: string | undefined) => {
    if (value !== undefined && value !== '') extra[`authentication.kubernetes.io/${key}`] = [value];
  };
  add('credential-id', bound.credentialId);
  add('node-name', bound.node?.name);
  add('node-uid', bound.node?.uid);
  add('pod-name', bound.pod?.name);
  add('pod-uid', bound.pod?.uid);
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** Looks up what a token is bound to, on every use. */
class Claimed {
  readonly #resources: TokenOptions['resources'];
  readonly #clock: Clock;
  readonly #looksUp: boolean;
  readonly #metrics: TokenMetrics;
  constructor({ resources, clock, lookup = true, metrics = new Metrics() }: TokenOptions) {
    this.#metrics = new TokenMetrics(metrics);
    this.#resources = resources;
    this.#clock = clock;
    this.#looksUp = lookup;
  }
  async #lookUp(kind: string, namespace: string | undefined, name: string | undefined): Promise<ApiObject | undefined> {
    const known = this.#resources.kinds.byKind('', kind);
    return known === undefined || name === undefined || name === '' ? undefined : await this.#resources.get(known, { namespace, name });
  }
  #deletedLongAgo(object: ApiObject): boolean {
    const at = object.metadata.deletionTimestamp;
    return typeof at === 'string' && Date.parse(at) < this.#clock.now() - leewayMs;
  }
  async #checkBinding(kind: string, namespace: string | undefined, ref: Ref | undefined): Promise<void> {
    if (ref === undefined) return;
    const object = await this.#lookUp(kind, namespace, ref.name);
    if (object === undefined || this.#deletedLongAgo(object)) throw new Error('service account token has been invalidated');
    if (object.metadata.uid === ref.uid) return;
    const shown = kind === 'Secret' ? 'secret' : kind;
    throw new Error(`${shown} UID (${object.metadata.uid}) does not match service account ${kind.toLowerCase()} ref claim (${ref.uid})`);
  }

  /** Claims of a bound token (KEP-1205). Throws an Error that says what is wrong. */
  async bound(claims: Claims, note: NoteCredential | undefined): Promise<Identity> {
    checkTimes(claims, this.#clock.now());
    const { namespace = '', serviceaccount, pod, secret, node, warnafter } = claims['kubernetes.io'] ?? {};
    const name = serviceaccount?.name ?? '';
    const account = await this.#lookUp('ServiceAccount', namespace, name);
    if (account === undefined) throw new Error(`serviceaccounts ${JSON.stringify(name)} not found`);
    if (account.metadata.uid !== serviceaccount?.uid)
      throw new Error(`service account UID (${account.metadata.uid}) does not match claim (${serviceaccount?.uid})`);
    if (this.#deletedLongAgo(account)) throw new Error(`service account ${namespace}/${name} has been deleted`);
    await this.#checkBinding('Secret', namespace, secret);
    await this.#checkBinding('Pod', namespace, pod);
    if (pod === undefined) await this.#checkBinding('Node', undefined, node);
    if (warnafter) this.#noteAge(claims.sub ?? '', warnafter, note);
    return serviceAccountIdentity(namespace, name, account.metadata.uid, {
      ...(pod === undefined ? {} : { pod }),
      ...(node === undefined ? {} : { node }),
      ...(claims.jti === undefined ? {} : { credentialId: `JTI=${claims.jti}` }),
    });
  }
  /** Pods are to read their tokens anew before that time. */
  #noteAge(subject: string, warnAfterSeconds: number, note: NoteCredential | undefined): void {
    const late = Math.floor(this.#clock.now() / 1000) - warnAfterSeconds;
    const isStale = this.#clock.now() > warnAfterSeconds * 1000;
    this.#metrics[isStale ? 'stale' : 'valid'].add();
    if (isStale) note?.(annotation('stale-token', `subject: ${subject}, seconds after warning threshold: ${late}`));
  }
  /** Claims of a token that a secret of type kubernetes.io/service-account-token holds. */
  async legacy(claims: Readonly<Record<string, unknown>>, token: string, note: NoteCredential | undefined): Promise<Identity> {
    const claim = (name: string) => String(claims[`kubernetes.io/serviceaccount/${name}`] ?? '');
    const [namespace, name, uid] = [claim('namespace'), claim('service-account.name'), claim('service-account.uid')];
    for (const [value, shown] of [
      [claims.sub, 'sub'],
      [namespace, 'namespace'],
      [claim('secret.name'), 'secretName'],
      [name, 'serviceAccountName'],
      [uid, 'serviceAccountUID'],
    ])
      if (!value) throw new Error(`${shown} claim is missing`);
    if (claims.sub !== `system:serviceaccount:${namespace}:${name}`) throw new Error('sub claim is invalid');
    if (!this.#looksUp) return serviceAccountIdentity(namespace, name, uid);
    const secret = (await this.#lookUp('Secret', namespace, claim('secret.name'))) as
      | (ApiObject & { data?: Record<string, string> })
      | undefined;
    if (secret === undefined || secret.metadata.deletionTimestamp) throw new Error('Token has been invalidated');
    if (!sameText(Buffer.from(secret.data?.token ?? '', 'base64').toString('utf8'), token))
      throw new Error("Token does not match server's copy");
    const account = await this.#lookUp('ServiceAccount', namespace, name);
    if (account === undefined) throw new Error(`serviceaccounts ${JSON.stringify(name)} not found`);
    if (account.metadata.deletionTimestamp) throw new Error(`ServiceAccount ${namespace}/${name} has been deleted`);
    if (account.metadata.uid !== uid) throw new Error(`ServiceAccount UID (${account.metadata.uid}) does not match claim (${uid})`);
    await this.#used(secret);
    if (secret.metadata.labels?.[invalidSinceLabel]) {
      this.#metrics.legacyInvalid.add();
      note?.(annotation('legacy-token-invalidated', `${secret.metadata.name}/${secret.metadata.namespace}`));
      throw new Error(
        `the token in secret ${namespace}/${secret.metadata.name} for service account ${namespace}/${name} has been marked invalid. ` +
          'Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the ' +
          `'${invalidSinceLabel}' label from the secret to temporarily allow use of this token`,
      );
    }
    const made = (account as ServiceAccount).secrets?.some((ref) => ref.name === secret.metadata.name) === true;
    this.#metrics[made ? 'legacyAuto' : 'legacyManual'].add();
    if (made) note?.({ type: 'warning', text: useTokenRequests });
    note?.(annotation(made ? 'legacy-token-autogenerated-secret' : 'legacy-token-manual-secret', secret.metadata.name));
    return serviceAccountIdentity(namespace, name, uid);
  }
  /** A token that names no audience. */
  withoutAudience({ sub = '' }: Claims, note: NoteCredential | undefined): void {
    this.#metrics.legacy.add();
    note?.(annotation('legacy-token', sub));
  }
  /** Notes the day, at most once a day; a token counts also when that can't be written. */
  async #used({ metadata }: ApiObject): Promise<void> {
    const [today, tomorrow] = [this.#clock.now(), this.#clock.now() + dayMs].map(dayOf);
    const noted = metadata.labels?.[lastUsedLabel];
    if (noted === today || noted === tomorrow) return;
    const note = (draft: Draft<ApiObject>) => {
      draft.metadata.labels = { ...draft.metadata.labels, [lastUsedLabel]: today! };
    };
    await this.#resources.change(this.#resources.kinds.byKind('', 'Secret')!, metadata, '', note, asServer).catch(() => undefined);
  }
}

/** Signs and checks service account tokens. Only signatures are remembered, never verdicts. */
export function createTokens(options: TokenOptions): TokenAuthority {
  const { issuers = [defaultIssuer], audiences = issuers } = options;
  const issuer = issuers[0]!;
  const privateKey = createPrivateKey(options.keyPem);
  const key = verificationKey(privateKey);
  const keys = verificationKeys([key, ...(options.verifyPems ?? [])]);
  const claimed = new Claimed(options);
  const signedByUs = new Map<string, ParsedJwt>();

  const verifySignature = (token: string, jwt: ParsedJwt): void => {
    if (signedByUs.has(token)) return;
    const { kid } = jwt.header;
    const candidates = kid === undefined || kid === '' ? keys : keys.filter(({ id }) => id === kid);
    if (candidates.length === 0) throw new Error('invalid signature, no keys found');
    if (!candidates.some((candidate) => verifyJwt(jwt, candidate))) throw new Error('go-jose/go-jose: error in cryptographic primitive');
    setLatest(signedByUs, token, jwt, cachedMax);
  };
  const authenticate: TokenAuthenticator = async (token, asked, note) => {
    if (token.length > tokenMaxBytes) return undefined;
    const jwt = signedByUs.get(token) ?? parseJwt(token);
    const claims: Claims = jwt?.claims ?? {};
    if (jwt === undefined || (claims.iss !== legacyIssuer && !issuers.includes(claims.iss ?? ''))) return undefined;
    verifySignature(token, jwt);
    const listed = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
    const made = listed.length === 0 ? audiences : listed;
    if (listed.length === 0) claimed.withoutAudience(claims, note);
    const shared = made.filter((audience) => asked.includes(audience));
    if (shared.length === 0) throw new Error(`token audiences ${quoted(made)} is invalid for the target audiences ${quoted(asked)}`);
    const identity = claims.iss === legacyIssuer ? await claimed.legacy(jwt.claims, token, note) : await claimed.bound(claims, note);
    return { identity, audiences: shared };
  };
  return {
    issuer,
    audiences,
    maxExpirationSeconds: options.maxExpirationSeconds,
    extendsExpiration: options.extendExpiration ?? true,
    keys,
    issue: (claims) => signJwt(inKeyOrder({ iss: issuer, ...claims }), privateKey, key),
    authenticate,
  };
}

/** Upstream writes claims from maps, whose keys Go sorts. */
const inKeyOrder = (claims: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.keys(claims)
      .sort()
      .map((name) => [name, isObject(claims[name]) ? inKeyOrder(claims[name]) : claims[name]]),
  );
function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
