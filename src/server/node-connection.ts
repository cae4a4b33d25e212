import type { Duplex } from 'node:stream';

/**
 * How the API server reaches a node's kubelet (its HTTP/1.1 endpoints of port 10250: containerLogs, exec, attach, portForward,
 * stats, metrics, pods). In this process: a pair of streams into the kubelet's server. On another machine: TLS to the node.
 */
export interface NodeConnections {
  /** Opens a connection to speak HTTP/1.1 on. Throws when the node is unknown or cannot be reached. */
  connect(nodeName: string, signal?: AbortSignal): Promise<Duplex>;
}
/** Reaches pods and services from the server, for pods/proxy, services/proxy, webhooks and aggregated APIs. */
export interface Dialer {
  dial(host: string, port: number, signal?: AbortSignal): Promise<Duplex>;
}
