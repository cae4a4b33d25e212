import { formatTime } from '../../api/gotime.ts';
import { SelfSubjectReview } from '../../kinds/authentication/self-subject-review.ts';
import type { Subresource } from '../types.ts';
import { posted } from './lib/request.ts';

/** Tells a caller who the server takes him for (`kubectl auth whoami`, KEP-3325). */
export const selfSubjectReview: Subresource = {
  group: 'authentication.k8s.io',
  kind: 'SelfSubjectReview',
  subresource: '',
  verbs: {
    async create(request, deps) {
      const { validate } = await posted(request, deps, SelfSubjectReview);
      await validate();
      const { user, uid, groups, extra } = request.identity;
      const userInfo = { username: user, ...(uid ? { uid } : {}), groups: [...groups], ...(extra === undefined ? {} : { extra }) };
      const metadata = { creationTimestamp: formatTime(deps.clock.now()) };
      return {
        code: 201,
        type: 'object',
        object: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', metadata, status: { userInfo } },
      };
    },
  },
};
