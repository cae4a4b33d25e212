import type { Identity } from '../../client/call.ts';

export const anonymous: Identity = { user: 'system:anonymous', groups: ['system:unauthenticated'] };
const authenticated = 'system:authenticated';

/** Everybody who is known is in system:authenticated, unless the groups say already whether he is. */
export function completed(identity: Identity): Identity {
  const { user, groups } = identity;
  if (user === anonymous.user || groups.includes(authenticated) || groups.includes('system:unauthenticated')) return identity;
  return { ...identity, groups: [...groups, authenticated] };
}
