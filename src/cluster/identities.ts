import { controllerUser } from '../client/controller-runner.ts';
import type { Identity } from '../client/call.ts';

/** Who the parts of this process are towards the API. */
const authenticated = 'system:authenticated';

/** Reads for all controllers: one set of informers serves them. */
export const controllerManager: Identity = { user: 'system:kube-controller-manager', groups: ['system:masters', authenticated] };
export const scheduler: Identity = { user: 'system:kube-scheduler', groups: [authenticated] };
export const proxy: Identity = { user: 'system:kube-proxy', groups: ['system:masters', authenticated] };

/**
 * A controller acts under its own name, which is what its writes are known by. Its rights are not narrowed yet: members of
 * system:masters may do everything.
 */
export const controller = (name: string): Identity => ({
  user: controllerUser(name),
  groups: ['system:masters', 'system:serviceaccounts', 'system:serviceaccounts:kube-system', authenticated],
});
export const node = (name: string): Identity => ({ user: `system:node:${name}`, groups: ['system:nodes', authenticated] });
