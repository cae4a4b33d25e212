import {
  bool,
  int64,
  list,
  map,
  nullable,
  object,
  opt,
  optional,
  required,
  shape,
  type ShapeOf,
  string,
  time,
} from '../../../api/schema.ts';

export const userInfo = shape('io.k8s.api.authentication.v1.UserInfo', {
  username: opt(string(1)),
  uid: opt(string(2)),
  groups: opt(list(3, string(0), { listType: 'atomic' })),
  extra: opt(map(4, list(0, string(0), { goName: 'v1.ExtraValue' }))),
});
export interface UserInfo extends ShapeOf<typeof userInfo> {}

export const tokenReviewSpec = shape('io.k8s.api.authentication.v1.TokenReviewSpec', {
  token: required(opt(string(1))),
  audiences: opt(list(2, string(0), { listType: 'atomic' })),
});
export interface TokenReviewSpec extends ShapeOf<typeof tokenReviewSpec> {}

export const tokenReviewStatus = shape('io.k8s.api.authentication.v1.TokenReviewStatus', {
  authenticated: opt(bool(1)),
  user: object(2, userInfo),
  audiences: opt(list(4, string(0), { listType: 'atomic' })),
  error: opt(string(3)),
});
export interface TokenReviewStatus extends ShapeOf<typeof tokenReviewStatus> {}

export const boundObjectReference = shape('io.k8s.api.authentication.v1.BoundObjectReference', {
  kind: opt(string(1)),
  apiVersion: opt(string(2)),
  name: opt(string(3)),
  uid: opt(string(4)),
});
export interface BoundObjectReference extends ShapeOf<typeof boundObjectReference> {}

export const tokenRequestSpec = shape('io.k8s.api.authentication.v1.TokenRequestSpec', {
  audiences: optional(list(1, string(0), { listType: 'atomic' })),
  expirationSeconds: nullable(int64(4)),
  boundObjectRef: nullable(object(3, boundObjectReference)),
});
export interface TokenRequestSpec extends ShapeOf<typeof tokenRequestSpec> {}

export const tokenRequestStatus = shape('io.k8s.api.authentication.v1.TokenRequestStatus', {
  token: optional(string(1)),
  expirationTimestamp: optional(time(2)),
});
export interface TokenRequestStatus extends ShapeOf<typeof tokenRequestStatus> {}

export const selfSubjectReviewStatus = shape('io.k8s.api.authentication.v1.SelfSubjectReviewStatus', {
  userInfo: object(1, userInfo),
});
export interface SelfSubjectReviewStatus extends ShapeOf<typeof selfSubjectReviewStatus> {}
