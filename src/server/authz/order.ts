import type { Authorizer, Resources } from '../types.ts';
import type { FollowOptions } from './follow.ts';
import { createNodeAuthorizer } from './node.ts';
import { createRbac, type Rbac } from './rbac.ts';

/** Members may do everything; checked before anything else, so a broken policy can be repaired. */
const privileged: Authorizer = ({ identity }) =>
  identity.groups.includes('system:masters') ? { decision: 'allow', reason: '' } : { decision: 'noOpinion', reason: '' };

export interface Authorization {
  readonly authorize: Authorizer;
  readonly rbac: Rbac;
  /** Settles when the indexes hold what is stored; before that only system:masters gets in. */
  readonly ready: Promise<void>;
}

/** system:masters, then Node, then RBAC (upstream's --authorization-mode=Node,RBAC). The first that allows or denies decides. */
export function createAuthorization(
  options: FollowOptions & { readonly resources: Pick<Resources, 'kinds' | 'watch' | 'list' | 'get'> },
): Authorization {
  const node = createNodeAuthorizer(options);
  const rbac = createRbac(options);
  const order: readonly Authorizer[] = [privileged, node.authorize, rbac.authorize];
  const authorize: Authorizer = async (request) => {
    const reasons: string[] = [];
    for (const ask of order) {
      const answer = ask(request);
      const verdict = answer instanceof Promise ? await answer : answer;
      if (verdict.decision !== 'noOpinion') return verdict;
      if (verdict.reason !== '') reasons.push(verdict.reason);
    }
    return { decision: 'noOpinion', reason: reasons.join('\n') };
  };
  return { authorize, rbac, ready: Promise.all([node.ready, rbac.ready]).then(() => undefined) };
}
