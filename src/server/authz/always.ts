import type { AuthorizerMode } from './modes.ts';

/** What is allowed when everything is. */
const everything = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** The modes AlwaysAllow and AlwaysDeny: for tests, and for servers behind something that decides. */
export const alwaysAllow: AuthorizerMode = {
  authorize: () => ({ decision: 'allow', reason: '' }),
  rulesFor: () => ({ rules: everything, errors: [] }),
};
export const alwaysDeny: AuthorizerMode = {
  authorize: () => ({ decision: 'noOpinion', reason: 'Everything is forbidden.' }),
  rulesFor: () => ({ rules: [], errors: [] }),
};
