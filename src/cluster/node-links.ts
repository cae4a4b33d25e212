import type { Server } from 'node:http';
import { connect } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { serviceUnavailable } from '../api/status.ts';
import { createServer } from '../base/http.node.ts';
import type { Kubelet } from '../kubelet/kubelet.ts';
import type { Dialer, NodeConnections } from '../server/node-connection.ts';

/** Connections from the API server to the kubelets of this process: pairs of streams in memory, no port is opened. */
export class NodeLinks implements NodeConnections {
  readonly #servers = new Map<string, Server>();

  add(nodeName: string, kubelet: Kubelet): void {
    const server = createServer((request, response) => kubelet.handle(request, response));
    server.on('upgrade', (request, socket, head) => kubelet.upgrade(request, socket, head));
    this.#servers.set(nodeName, server);
  }
  async connect(nodeName: string): Promise<Duplex> {
    const server = this.#servers.get(nodeName);
    if (server === undefined) throw serviceUnavailable(`no kubelet of the node ${JSON.stringify(nodeName)} can be reached`);
    const [near, far] = duplexPair();
    server.emit('connection', far);
    return near;
  }
}

/** Plain TCP from this machine, which reaches every pod of its own node. */
export const machineDialer: Dialer = {
  dial(host, port, signal) {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, ...(signal === undefined ? {} : { signal }) });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(socket);
      });
    });
  },
};
