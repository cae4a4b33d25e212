import { badRequest } from '../api/status.ts';
import type { Identity } from '../client/call.ts';
import { demand } from './chain.ts';
import type { Attributes, AuthenticationRequest, Authorizer } from './types.ts';

const serviceAccount = /^system:serviceaccount:([^:]+):([^:]+)$/;
const extraPrefix = 'impersonate-extra-';
type Headers = AuthenticationRequest['headers'];

const values = (headers: Headers, name: string): readonly string[] => {
  const value = headers[name];
  return value === undefined ? [] : typeof value === 'string' ? value.split(',').map((text) => text.trim()) : value;
};

/**
 * The identity that the Impersonate-* headers ask for, once the caller is allowed to be it; without them the caller's own.
 * kubernetes.io/docs/reference/access-authn-authz/user-impersonation.
 */
export async function impersonate(headers: Headers, caller: Identity, authorizer: Authorizer): Promise<Identity> {
  const user = typeof headers['impersonate-user'] === 'string' ? headers['impersonate-user'] : headers['impersonate-user']?.[0];
  const groups = values(headers, 'impersonate-group');
  const [uid] = values(headers, 'impersonate-uid');
  const extra = extraOf(headers);
  if (!user) {
    if (groups.length > 0 || uid || extra !== undefined) {
      throw badRequest('requested impersonation without impersonating a user');
    }
    return caller;
  }
  const may = (what: Partial<Attributes>) =>
    demand(authorizer, {
      identity: caller,
      verb: 'impersonate',
      group: '',
      version: 'v1',
      resource: '',
      subresource: '',
      namespace: '',
      name: '',
      path: '',
      isResource: true,
      ...what,
    });
  const account = serviceAccount.exec(user);
  if (account === null) await may({ resource: 'users', name: user });
  else await may({ resource: 'serviceaccounts', namespace: account[1]!, name: account[2]! });
  for (const name of groups) await may({ resource: 'groups', name });
  const authentication = { group: 'authentication.k8s.io' };
  if (uid) await may({ ...authentication, resource: 'uids', name: uid });
  for (const [subresource, names] of Object.entries(extra ?? {})) {
    for (const name of names) await may({ ...authentication, resource: 'userextras', subresource, name });
  }
  return {
    user,
    groups: completeGroups(user, groups, account?.[1]),
    ...(uid ? { uid } : {}),
    ...(extra === undefined ? {} : { extra }),
  };
}

function completeGroups(user: string, asked: readonly string[], accountNamespace: string | undefined): readonly string[] {
  const groups = [...asked];
  if (groups.length === 0 && accountNamespace !== undefined) {
    groups.push('system:serviceaccounts', `system:serviceaccounts:${accountNamespace}`);
  }
  const anonymous = user === 'system:anonymous';
  const everyone = anonymous ? 'system:unauthenticated' : 'system:authenticated';
  if (!groups.includes(everyone) && !groups.includes('system:unauthenticated')) groups.push(everyone);
  return groups;
}
function extraOf(headers: Headers): Record<string, readonly string[]> | undefined {
  let extra: Record<string, readonly string[]> | undefined;
  for (const name of Object.keys(headers)) {
    if (!name.startsWith(extraPrefix)) continue;
    extra ??= Object.create(null) as Record<string, readonly string[]>;
    extra[decodeURIComponent(name.slice(extraPrefix.length))] = values(headers, name);
  }
  return extra;
}
