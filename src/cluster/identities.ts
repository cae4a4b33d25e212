import type { Identity } from '../client/call.ts';
import { controllerUser } from '../client/controller-runner.ts';
import type { Controller } from '../client/controller.ts';

/** Who the parts of this process are towards the API. None but the server is a member of system:masters: each may do what its role says. */
const authenticated = 'system:authenticated';
const serviceAccount = (name: string): Identity => ({
  user: controllerUser(name),
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', authenticated],
});

/** The server itself, for what upstream's server does over its loopback connection. */
export const apiServer: Identity = { user: 'system:apiserver', groups: ['system:masters', authenticated] };
/** Reads for all controllers and the scheduler: one set of informers serves them. */
export const controllerManager: Identity = { user: 'system:kube-controller-manager', groups: [authenticated] };
export const scheduler: Identity = { user: 'system:kube-scheduler', groups: [authenticated] };
export const proxy: Identity = { user: 'system:kube-proxy', groups: [authenticated] };
export const dns: Identity = serviceAccount('coredns');
/** The service account of kube-system that a controller acts as. */
export const accountOf = ({ name, account = name }: Controller): string => account;
export const controller = (definition: Controller): Identity =>
  definition.asManager === true ? controllerManager : serviceAccount(accountOf(definition));
export const node = (name: string): Identity => ({ user: `system:node:${name}`, groups: ['system:nodes', authenticated] });
