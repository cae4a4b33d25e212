import { type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Who somebody is. */
export const authentication: Descriptions = inPackage('io.k8s.api.authentication.v1', {
  TokenRequest: {
    '': 'Asks for a token of a service account; sent to the token subresource of the account.',
    spec: 'What the token is to be.',
    status: 'The token.',
  },
  TokenRequestSpec: {
    '': 'Name audiences, so that nobody else takes the token.',
    audiences: 'Whom the token is for; others must refuse it. Default: the API server.',
    boundObjectRef: 'Object with which the token ends: a Pod, Secret or Node.',
    expirationSeconds: 'Seconds the token is to be valid, at least 600; the server may give another time. Default 3600.',
  },
  BoundObjectReference: {
    '': 'When the object is deleted, the token is no longer good.',
    apiVersion: 'Group and version of the object.',
    kind: 'Kind of the object: Pod, Secret or Node.',
    name: 'Name of the object.',
    uid: 'UID of the object.',
  },
  TokenRequestStatus: {
    '': 'The only answer that holds the token: it is not stored.',
    expirationTimestamp: 'When the token expires.',
    token: 'The token.',
  },
  TokenReview: {
    '': 'Asks whether a token is good and whose it is.',
    spec: 'The token.',
    status: 'The answer.',
  },
  TokenReviewSpec: {
    '': 'The token and whom it should be for.',
    audiences: 'Whom the token should be for; it is good when it is for one of them. Default: the API server.',
    token: 'The token.',
  },
  TokenReviewStatus: {
    '': 'Whether a token is good, and whose it is.',
    audiences: 'Those of the audiences asked about that the token is for.',
    authenticated: 'Whether the token is good.',
    error: 'Why it could not be checked.',
    user: 'Whose token it is.',
  },
  SelfSubjectReview: {
    '': 'Asks who the one who asks is, to the server.',
    status: 'The answer; set by the server.',
  },
  SelfSubjectReviewStatus: { '': 'Who asked.', userInfo: 'The user as the server knows them.' },
  UserInfo: {
    '': 'What authentication found out.',
    extra: 'More about the user from whoever authenticated them, by key.',
    groups: 'Groups of the user.',
    uid: 'Unique in time, unlike the name: another user of the same name has another one.',
    username: 'Name of the user.',
  },
});
