import { formatTime } from '../../api/gotime.ts';
import type { Subresource } from '../types.ts';

/** Tells a caller who the server takes him for (`kubectl auth whoami`, KEP-3325). */
export const selfSubjectReview: Subresource = {
  group: 'authentication.k8s.io',
  kind: 'SelfSubjectReview',
  subresource: '',
  verbs: {
    create({ identity: { user, uid, groups, extra } }, { clock }) {
      const userInfo = { username: user, ...(uid ? { uid } : {}), groups: [...groups], ...(extra === undefined ? {} : { extra }) };
      const metadata = { creationTimestamp: formatTime(clock.now()) };
      return {
        code: 201,
        type: 'object',
        object: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', metadata, status: { userInfo } },
      };
    },
  },
};
