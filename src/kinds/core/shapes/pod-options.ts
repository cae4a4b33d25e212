import { bool, int32, int64, list, opt, ptr, shape, string, time, type ShapeOf } from '../../../api/schema.ts';

export const podLogOptions = shape('io.k8s.api.core.v1.PodLogOptions', {
  container: opt(string(1)),
  follow: opt(bool(2)),
  previous: opt(bool(3)),
  sinceSeconds: ptr(int64(4)),
  sinceTime: ptr(time(5)),
  timestamps: opt(bool(6)),
  tailLines: ptr(int64(7)),
  limitBytes: ptr(int64(8)),
  insecureSkipTLSVerifyBackend: opt(bool(9)),
  stream: ptr(string(10)),
});
export interface PodLogOptions extends ShapeOf<typeof podLogOptions> {}

export const podAttachOptions = shape('io.k8s.api.core.v1.PodAttachOptions', {
  stdin: opt(bool(1)),
  stdout: opt(bool(2)),
  stderr: opt(bool(3)),
  tty: opt(bool(4)),
  container: opt(string(5)),
});
export interface PodAttachOptions extends ShapeOf<typeof podAttachOptions> {}

export const podExecOptions = shape('io.k8s.api.core.v1.PodExecOptions', {
  stdin: opt(bool(1)),
  stdout: opt(bool(2)),
  stderr: opt(bool(3)),
  tty: opt(bool(4)),
  container: opt(string(5)),
  command: list(6, string(0), { listType: 'atomic' }),
});
export interface PodExecOptions extends ShapeOf<typeof podExecOptions> {}

export const podPortForwardOptions = shape('io.k8s.api.core.v1.PodPortForwardOptions', {
  ports: opt(list(1, int32(0), { listType: 'atomic' })),
});
export interface PodPortForwardOptions extends ShapeOf<typeof podPortForwardOptions> {}

export const podProxyOptions = shape('io.k8s.api.core.v1.PodProxyOptions', {
  path: opt(string(1)),
});
export interface PodProxyOptions extends ShapeOf<typeof podProxyOptions> {}

export const nodeProxyOptions = shape('io.k8s.api.core.v1.NodeProxyOptions', {
  path: opt(string(1)),
});
export interface NodeProxyOptions extends ShapeOf<typeof nodeProxyOptions> {}

export const serviceProxyOptions = shape('io.k8s.api.core.v1.ServiceProxyOptions', {
  path: opt(string(1)),
});
export interface ServiceProxyOptions extends ShapeOf<typeof serviceProxyOptions> {}
