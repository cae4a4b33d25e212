import {
  byDefault,
  embedded,
  int32,
  int64,
  intOrString,
  list,
  nullable,
  object,
  of,
  opt,
  ptr,
  shape,
  type ShapeOf,
  string,
} from '../../../api/schema.ts';

export const httpHeader = shape('io.k8s.api.core.v1.HTTPHeader', {
  name: string(1),
  value: string(2),
});
export interface HTTPHeader extends ShapeOf<typeof httpHeader> {}

export const httpGetAction = shape('io.k8s.api.core.v1.HTTPGetAction', {
  path: opt(string(1)),
  port: intOrString(2),
  host: opt(string(3)),
  scheme: opt(string(4, { enum: ['HTTP', 'HTTPS'] })),
  httpHeaders: opt(list(5, of(httpHeader), { listType: 'atomic' })),
});
export interface HTTPGetAction extends ShapeOf<typeof httpGetAction> {}

export const tcpSocketAction = shape('io.k8s.api.core.v1.TCPSocketAction', {
  port: intOrString(1),
  host: opt(string(2)),
});
export interface TCPSocketAction extends ShapeOf<typeof tcpSocketAction> {}

export const grpcAction = shape('io.k8s.api.core.v1.GRPCAction', {
  port: int32(1),
  service: byDefault('', nullable(string(2))),
});
export interface GRPCAction extends ShapeOf<typeof grpcAction> {}

export const execAction = shape('io.k8s.api.core.v1.ExecAction', {
  command: opt(list(1, string(0), { listType: 'atomic' })),
});
export interface ExecAction extends ShapeOf<typeof execAction> {}

export const sleepAction = shape('io.k8s.api.core.v1.SleepAction', {
  seconds: int64(1),
});
export interface SleepAction extends ShapeOf<typeof sleepAction> {}

export const probe = shape('io.k8s.api.core.v1.Probe', {
  ...embedded(
    1,
    {
      exec: ptr(object(1, execAction)),
      httpGet: ptr(object(2, httpGetAction)),
      tcpSocket: ptr(object(3, tcpSocketAction)),
      grpc: ptr(object(4, grpcAction)),
    },
    'ProbeHandler',
  ),
  initialDelaySeconds: opt(int32(2)),
  timeoutSeconds: opt(int32(3)),
  periodSeconds: opt(int32(4)),
  successThreshold: opt(int32(5)),
  failureThreshold: opt(int32(6)),
  terminationGracePeriodSeconds: ptr(int64(7)),
});
export interface Probe extends ShapeOf<typeof probe> {}

export const lifecycleHandler = shape('io.k8s.api.core.v1.LifecycleHandler', {
  exec: ptr(object(1, execAction)),
  httpGet: ptr(object(2, httpGetAction)),
  tcpSocket: ptr(object(3, tcpSocketAction)),
  sleep: ptr(object(4, sleepAction)),
});
export interface LifecycleHandler extends ShapeOf<typeof lifecycleHandler> {}

/** Signals that may stop a container. */
export const stopSignals = [
  'SIGABRT',
  'SIGALRM',
  'SIGBUS',
  'SIGCHLD',
  'SIGCLD',
  'SIGCONT',
  'SIGFPE',
  'SIGHUP',
  'SIGILL',
  'SIGINT',
  'SIGIO',
  'SIGIOT',
  'SIGKILL',
  'SIGPIPE',
  'SIGPOLL',
  'SIGPROF',
  'SIGPWR',
  'SIGQUIT',
  'SIGSEGV',
  'SIGSTKFLT',
  'SIGSTOP',
  'SIGSYS',
  'SIGTERM',
  'SIGTRAP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGUSR1',
  'SIGUSR2',
  'SIGVTALRM',
  'SIGWINCH',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGRTMIN',
  'SIGRTMIN+1',
  'SIGRTMIN+2',
  'SIGRTMIN+3',
  'SIGRTMIN+4',
  'SIGRTMIN+5',
  'SIGRTMIN+6',
  'SIGRTMIN+7',
  'SIGRTMIN+8',
  'SIGRTMIN+9',
  'SIGRTMIN+10',
  'SIGRTMIN+11',
  'SIGRTMIN+12',
  'SIGRTMIN+13',
  'SIGRTMIN+14',
  'SIGRTMIN+15',
  'SIGRTMAX-14',
  'SIGRTMAX-13',
  'SIGRTMAX-12',
  'SIGRTMAX-11',
  'SIGRTMAX-10',
  'SIGRTMAX-9',
  'SIGRTMAX-8',
  'SIGRTMAX-7',
  'SIGRTMAX-6',
  'SIGRTMAX-5',
  'SIGRTMAX-4',
  'SIGRTMAX-3',
  'SIGRTMAX-2',
  'SIGRTMAX-1',
  'SIGRTMAX',
] as const;

export const lifecycle = shape('io.k8s.api.core.v1.Lifecycle', {
  postStart: ptr(object(1, lifecycleHandler)),
  preStop: ptr(object(2, lifecycleHandler)),
  stopSignal: ptr(
    string(3, {
      enum: stopSignals,
    }),
  ),
});
export interface Lifecycle extends ShapeOf<typeof lifecycle> {}
