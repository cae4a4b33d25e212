import { readFileSync } from 'node:fs';
import { parseYaml } from '../../../base/yaml.ts';
import type { Clock } from '../../../base/clock.ts';
import { createClient } from '../../../client/client.ts';
import { connectHttp } from '../../../client/http.node.ts';
import { Deployment } from '../../../kinds/apps/deployment.ts';
import { Event } from '../../../kinds/core/event.ts';
import { Namespace } from '../../../kinds/core/namespace.ts';
import { Node } from '../../../kinds/core/node.ts';
import { Pod } from '../../../kinds/core/pod.ts';
import { Service } from '../../../kinds/core/service.ts';
import { EndpointSlice } from '../../../kinds/discovery/endpoint-slice.ts';
import type { Finding } from '../../backend.ts';
import { type ClusterState, clusterFindings } from './cluster-findings.ts';

const limitMs = 10_000;

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } }];
  readonly users: readonly [{ readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } }];
}

/** Asks the cluster of a kubeconfig how it is; a cluster that does not answer is a finding too. */
export async function askCluster(kubeconfig: string, clock: Clock): Promise<readonly Finding[]> {
  const [config] = parseYaml(readFileSync(kubeconfig, 'utf8')) as [Kubeconfig];
  const pem = (text: string) => Buffer.from(text, 'base64').toString('utf8');
  const { server, 'certificate-authority-data': ca } = config.clusters[0].cluster;
  const { 'client-certificate-data': cert, 'client-key-data': key } = config.users[0].user;
  const connection = connectHttp({ server, ca: pem(ca), cert: pem(cert), key: pem(key), clock });
  const stop = new AbortController();
  const timer = clock.setTimer(limitMs, () => stop.abort(new Error(`no answer within ${limitMs / 1000} s`)));
  try {
    const health = await connection.request({ method: 'GET', path: '/readyz?verbose', signal: stop.signal });
    let text = '';
    for await (const part of health.body) text += Buffer.from(part).toString('utf8');
    const failing = [...text.matchAll(/^\[-\](\S+)/gm)].map(([, name]) => name);
    const findings: Finding[] =
      failing.length === 0
        ? [{ level: 'ok', what: 'the API answers' }]
        : [{ level: 'error', what: `the API is not ready: ${failing.join(', ')}`, advice: 'the server log ("skiff logs") says why' }];
    return [...findings, ...clusterFindings(await readCluster(connection.transport, stop.signal, clock.now()))];
  } catch (error) {
    const why = stop.signal.aborted ? (stop.signal.reason as Error).message : (error as Error).message;
    return [
      {
        level: 'error',
        what: `the API at ${server} does not answer: ${why}`,
        advice:
          'the server runs but is stuck or overloaded; "skiff logs" tells. "skiff down", then "skiff up", starts it again: nothing is lost, containers end',
      },
    ];
  } finally {
    timer.cancel();
    connection.close();
  }
}

async function readCluster(transport: Parameters<typeof createClient>[0], signal: AbortSignal, nowMs: number): Promise<ClusterState> {
  const client = createClient(transport);
  const [nodes, pods, events, deployments, services, slices, namespaces] = await Promise.all([
    client.list(Node, { signal }),
    client.list(Pod, { signal }),
    client.list(Event, { signal }),
    client.list(Deployment, { signal }),
    client.list(Service, { signal }),
    client.list(EndpointSlice, { signal }),
    client.list(Namespace, { signal }),
  ]);
  return {
    nodes: nodes.items,
    pods: pods.items,
    events: events.items,
    deployments: deployments.items,
    services: services.items,
    slices: slices.items,
    namespaces: namespaces.items,
    nowMs,
  };
}
