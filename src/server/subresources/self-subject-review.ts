import type { Subresource } from '../types.ts';

/** Tells a caller who the server takes him for (`kubectl auth whoami`, KEP-3325). */
export const selfSubjectReview: Subresource = {
  group: 'authentication.k8s.io',
  kind: 'SelfSubjectReview',
  subresource: '',
  verbs: {
    create({ identity: { user, uid, groups, extra } }, { clock }) {
      const userInfo = { username: user, ...(uid ? { uid } : {}), groups: [...groups], ...(extra === undefined ? {} : { extra }) };
      const metadata = { creationTimestamp: new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z') };
      return {
        code: 201,
        type: 'object',
        object: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', metadata, status: { userInfo } },
      };
    },
  },
};
