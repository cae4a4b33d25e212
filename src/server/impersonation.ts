import { setLatest } from '../base/latest.ts';
import { isDns1123Label, isDns1123Subdomain } from '../api/names.ts';
import { badRequest, StatusError } from '../api/status.ts';
import type { Identity } from '../client/call.ts';
import { goQuote } from '../api/go-text.ts';
import { domainPrefixedPath } from '../kinds/lib/validate.ts';
import { extraHeaders, hasHeaders, firstHeader, headerValues } from './authn/headers.ts';
import { attributesOf, demand, refusal } from './chain.ts';
import type { RequestInfo } from './request-info.ts';
import type { Attributes, AuthenticationRequest, Authorizer } from './types.ts';

/** Who a caller is for one request, and the verb that let him be somebody else under constraints: for the audit. */
export interface Impersonated {
  readonly identity: Identity;
  readonly constraint?: string;
}
/** What the headers ask for, as they say it. */
interface Wanted {
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>> | undefined;
}

const extraPrefix = 'impersonate-extra-';
const anonymous = 'system:anonymous';
const unauthenticated = 'system:unauthenticated';
const nodeNameKey = 'authentication.kubernetes.io/node-name';
const associatedKeys = 'authentication.kubernetes.io/associated-node-keys';
/** From this many on, one question about all of them comes before many single ones. */
const many = 4;
const rememberedUsers = 10_000;

/** Go's %#v of the user that was asked for. */
function shown({ user, uid, groups, extra }: Wanted): string {
  const list = (texts: readonly string[]) => `[]string{${texts.map(goQuote).join(', ')}}`;
  const pairs = Object.entries(extra ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const map = extra === undefined ? '(nil)' : `{${pairs.map(([key, values]) => `${goQuote(key)}:${list(values)}`).join(', ')}}`;
  const shownGroups = groups.length === 0 ? '[]string(nil)' : list(groups);
  return `&user.DefaultInfo{Name:${goQuote(user)}, UID:${goQuote(uid)}, Groups:${shownGroups}, Extra:map[string][]string${map}}`;
}
/** undefined: nobody. Throws BadRequest when something but a user is asked for. */
function wantedBy(request: AuthenticationRequest): Wanted | undefined {
  if (!hasHeaders(request, 'impersonate-')) return undefined;
  const { headers } = request;
  const extra = extraHeaders(request, extraPrefix);
  const groups = headerValues(request, 'impersonate-group');
  if (headers['impersonate-user'] === undefined && headers['impersonate-uid'] === undefined && groups.length === 0 && extra === undefined)
    return undefined;
  const wanted: Wanted = {
    user: firstHeader(request, 'impersonate-user'),
    uid: firstHeader(request, 'impersonate-uid'),
    groups,
    extra,
  };
  if (wanted.user !== '') return wanted;
  if (wanted.uid === '' && groups.length === 0 && extra === undefined) return undefined;
  throw badRequest(`requested ${shown(wanted)} without impersonating a user name`);
}

function serviceAccountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  return isDns1123Label(namespace).length > 0 || isDns1123Subdomain(name).length > 0 ? undefined : { namespace, name };
}
function nodeOf(user: string): string | undefined {
  const [, name] = /^system:node:(.*)$/s.exec(user) ?? [];
  return name === undefined || isDns1123Subdomain(name).length > 0 ? undefined : name;
}

type Ask = (attributes: Attributes) => Promise<void>;

/**
 * Asks for each thing that the caller wants to be: with the verb `impersonate` for legacy impersonation, `impersonate:<mode>` for a constrained one,
 * where users and groups belong to authentication.k8s.io and what is dangerous is never allowed.
 */
async function becomes(wanted: Wanted, caller: Identity, verb: string, ask: Ask): Promise<Identity> {
  const isConstrained = verb !== 'impersonate';
  const about = (resource: string, more: Partial<Attributes>, group = 'authentication.k8s.io'): Attributes => ({
    identity: caller,
    verb,
    group,
    version: 'v1',
    resource,
    subresource: '',
    namespace: '',
    name: '',
    path: '',
    isResource: true,
    ...more,
  });
  const ownGroup = isConstrained ? 'authentication.k8s.io' : '';
  const account = serviceAccountOf(wanted.user);
  const node = isConstrained ? nodeOf(wanted.user) : undefined;
  let { groups } = wanted;
  if (node !== undefined) groups = ['system:nodes'];
  else if (account !== undefined && groups.length === 0) groups = ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`];
  if (account !== undefined) await ask(about('serviceaccounts', account, ownGroup));
  else if (node !== undefined) await ask(about('nodes', { name: node }, ownGroup));
  else await ask(about('users', { name: wanted.user }, ownGroup));
  if (wanted.uid !== '') await ask(about('uids', { name: wanted.uid }));
  await asksForGroups(wanted.groups, isConstrained, (more) => about('groups', more, ownGroup), ask);
  await asksForExtra(wanted.extra ?? {}, isConstrained, (more) => about('userextras', more), ask);
  return {
    user: wanted.user,
    groups: completed(wanted.user, groups),
    ...(wanted.uid === '' ? {} : { uid: wanted.uid }),
    ...(wanted.extra === undefined ? {} : { extra: { ...wanted.extra } }),
  };
}
async function asksForGroups(
  groups: readonly string[],
  isConstrained: boolean,
  about: (more: Partial<Attributes>) => Attributes,
  ask: Ask,
): Promise<void> {
  if (isConstrained) {
    if (groups.includes('')) throw refusal(about({}), 'impersonating the empty string group is not allowed');
    if (groups.includes('system:masters'))
      throw refusal(about({ name: 'system:masters' }), 'impersonating the system:masters group is not allowed');
    if (groups.length >= many && (await allowed(ask, about({ name: '*' })))) return;
  }
  for (const name of groups) await ask(about({ name }));
}
async function asksForExtra(
  extra: Readonly<Record<string, readonly string[]>>,
  isConstrained: boolean,
  about: (more: Partial<Attributes>) => Attributes,
  ask: Ask,
): Promise<void> {
  const pairs = Object.entries(extra);
  if (isConstrained) {
    const fault = extraFault(pairs);
    if (fault !== undefined) throw refusal(about({}), fault);
    const count = pairs.reduce((sum, [, values]) => sum + values.length, 0);
    if ((pairs.length >= many || count >= many) && (await allowed(ask, about({ subresource: '*', name: '*' })))) return;
  }
  for (const [subresource, names] of pairs) for (const name of names) await ask(about({ subresource, name }));
}
function extraFault(pairs: readonly (readonly [string, readonly string[]])[]): string | undefined {
  for (const [key, values] of pairs) {
    if (key === '') return 'impersonating the empty string key in extra is not allowed';
    const [wrong] = domainPrefixedPath('extra.key', key);
    if (wrong !== undefined) return `impersonating an invalid key in extra is not allowed: ${wrong.path}: ${wrong.text}`;
    if (key !== key.toLowerCase()) return `impersonating a non-lowercase key in extra is not allowed: ${goQuote(key)}`;
    if (values.length === 0) return 'impersonating empty values in extra is not allowed';
    if (values.includes('')) return 'impersonating the empty string value in extra is not allowed';
  }
  return undefined;
}
const allowed = (ask: Ask, attributes: Attributes): Promise<boolean> =>
  ask(attributes).then(
    () => true,
    () => false,
  );
function completed(user: string, groups: readonly string[]): readonly string[] {
  const everyone = user === anonymous ? unauthenticated : 'system:authenticated';
  return groups.includes(everyone) || groups.includes(unauthenticated) ? groups : [...groups, everyone];
}

/** A way of being somebody else under constraints (https://kep.k8s.io/5284). */
interface Mode {
  readonly name: string;
  /** Whether it is the way for this user at all. */
  fits(wanted: Wanted, caller: Identity): boolean;
  /** How questions about it are put. */
  readonly asked?: (attributes: Attributes) => Attributes;
}
const onlyUser = ({ uid, groups, extra }: Wanted) => uid === '' && groups.length === 0 && extra === undefined;
/** The questions are about all nodes, and about the caller without what differs from node to node: so their answers hold for each of them. */
const anyNode = (attributes: Attributes): Attributes => ({
  ...attributes,
  identity: { ...attributes.identity, extra: { [associatedKeys]: Object.keys(attributes.identity.extra ?? {}).sort() } },
  ...(attributes.verb === 'impersonate:associated-node' ? { name: '*' } : {}),
});
const modes: readonly Mode[] = [
  {
    name: 'associated-node',
    fits(wanted, caller) {
      const node = nodeOf(wanted.user);
      const at = caller.extra?.[nodeNameKey] ?? [];
      return node !== undefined && onlyUser(wanted) && serviceAccountOf(caller.user) !== undefined && at.length === 1 && at[0] === node;
    },
    asked: anyNode,
  },
  { name: 'arbitrary-node', fits: (wanted) => onlyUser(wanted) && nodeOf(wanted.user) !== undefined },
  { name: 'serviceaccount', fits: (wanted) => onlyUser(wanted) && serviceAccountOf(wanted.user) !== undefined },
  { name: 'user-info', fits: ({ user }) => nodeOf(user) === undefined && serviceAccountOf(user) === undefined },
];
const legacy = modes.length;

async function attempt(
  mode: number,
  wanted: Wanted,
  info: RequestInfo,
  caller: Identity,
  authorizer: Authorizer,
): Promise<Impersonated | undefined> {
  const constrained = modes[mode];
  if (constrained === undefined) {
    return { identity: await becomes(wanted, caller, 'impersonate', (attributes) => demand(authorizer, attributes)) };
  }
  const { name, fits, asked = (attributes: Attributes) => attributes } = constrained;
  if (!fits(wanted, caller)) return undefined;
  const ask: Ask = (attributes) => demand(authorizer, asked(attributes));
  const request = attributesOf(info, caller);
  await ask({ ...request, verb: `impersonate-on:${name}:${request.verb}` });
  const constraint = `impersonate:${name}`;
  return { identity: await becomes(wanted, caller, constraint, ask), constraint };
}

/**
 * Makes callers somebody else for a request, when its Impersonate-* headers ask for that and he is allowed to: by one of the constrained ways, or as it
 * always was (kubernetes.io/docs/reference/access-authn-authz/user-impersonation).
 */
export class Impersonation {
  readonly #authorizer: Authorizer;
  /** The way that worked last for a caller: it is tried first. */
  readonly #last = new Map<string, number>();

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }
  /** undefined: nobody else is asked for. Throws BadRequest, and Forbidden with the reason of the first way that failed. */
  of(request: AuthenticationRequest, info: RequestInfo, caller: Identity): Promise<Impersonated> | undefined {
    const wanted = wantedBy(request);
    return wanted && this.#become(wanted, info, caller);
  }
  async #become(wanted: Wanted, info: RequestInfo, caller: Identity): Promise<Impersonated> {
    const last = this.#last.get(caller.user);
    const order = [0, 1, 2, 3, legacy].filter((mode) => mode !== last);
    let failure: unknown;
    for (const mode of last === undefined ? order : [last, ...order]) {
      try {
        const found = await attempt(mode, wanted, info, caller, this.#authorizer);
        if (found === undefined) continue;
        this.#remember(caller.user, mode);
        return found;
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        failure ??= error;
      }
    }
    throw failure;
  }
  #remember(user: string, mode: number): void {
    setLatest(this.#last, user, mode, rememberedUsers);
  }
}
