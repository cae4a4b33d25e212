import { type Descriptions, inPackage } from '../lib/descriptions.ts';

const handler = {
  exec: 'A command run in the container.',
  httpGet: 'An HTTP GET request.',
};

/** Probes and hooks of containers. */
export const probes: Descriptions = inPackage('io.k8s.api.core.v1', {
  Probe: {
    '': 'Exactly one of exec, grpc, httpGet and tcpSocket is set; the kubelet does it again and again.',
    exec: `${handler.exec} Exit code 0 is success.`,
    failureThreshold: 'Failures in a row after which the check counts as failed. Default 3, at least 1.',
    grpc: "A call of gRPC's health checking protocol.",
    httpGet: `${handler.httpGet} A status of 200 to 399 is success.`,
    initialDelaySeconds: 'Seconds from the start of the container to the first check. Default 0.',
    periodSeconds: 'Seconds between checks. Default 10, at least 1.',
    successThreshold: 'Successes in a row after which the check counts as passed again. Default 1; must be 1 for liveness and startup.',
    tcpSocket: 'Opening of a TCP connection.',
    terminationGracePeriodSeconds: "Seconds to end when the check has failed. Default: the Pod's; not for readiness.",
    timeoutSeconds: 'Seconds after which one check counts as a failure. Default 1, at least 1.',
  },
  Lifecycle: {
    '': 'Hooks into the life of a container.',
    postStart:
      'Run right after the container is made, beside its command; when it fails, the container is ended and restarted by its policy.',
    preStop: 'Run before the container is asked to end; the grace period runs meanwhile. Not run when it ends by itself.',
    stopSignal: "Signal that asks the container to end; needs spec.os.name. Default: the image's, else SIGTERM.",
  },
  LifecycleHandler: {
    '': 'Exactly one field is set; the container is kept waiting until it is done.',
    exec: handler.exec,
    httpGet: handler.httpGet,
    sleep: 'Waits for a while.',
    tcpSocket: 'Deprecated: fails when used.',
  },
  ExecAction: {
    '': 'No shell is started; name one as the program to have pipes or variables.',
    command: 'Program and arguments, run without a shell in the root directory of the container.',
  },
  HTTPGetAction: {
    '': 'Sent by the kubelet from the node.',
    host: "Host to connect to. Default: the Pod's address.",
    httpHeaders: 'Headers of the request; repeated ones are allowed.',
    path: 'Path that is asked for. Default /.',
    port: 'Number or name of the port of the container.',
    scheme: 'HTTP (default) or HTTPS, without a check of the certificate.',
  },
  HTTPHeader: {
    '': 'A name and a value.',
    name: 'Name of the header.',
    value: 'Value of the header.',
  },
  TCPSocketAction: {
    '': 'Succeeds when the port accepts a connection; nothing is sent.',
    host: "Host to connect to. Default: the Pod's address.",
    port: 'Number or name of the port of the container.',
  },
  GRPCAction: {
    '': 'Succeeds when the answer is SERVING.',
    port: 'Number of the port, 1 to 65535.',
    service: 'Name of the service that is asked about. Default: empty, for the server as a whole.',
  },
  SleepAction: { '': 'A wait of some seconds.', seconds: 'How many seconds to wait.' },
});
