import { readEnvelope, readMessage, writeEnvelope } from '../../src/api/codec-protobuf.ts';
import { messageShape } from '../../src/api/kind.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import { json } from '../load.ts';

export const podName = (index: number): string => `pod-${String(index).padStart(5, '0')}`;

/** A pod as a Deployment makes it, about 3 KB when stored. */
export const pod = (index: number, namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: podName(index),
    namespace,
    labels: { app: `app-${index % 30}`, tier: 'backend', 'pod-template-hash': '7d9c6b8f5d' } as Record<string, string>,
    annotations: { 'example.org/revision': '3', 'example.org/owner': 'team-a' },
  },
  spec: {
    nodeName: `node-${index % 10}`,
    containers: [
      {
        name: 'api',
        image: 'registry.example.org/team-a/api-server:v1.2.3',
        args: ['--listen=:8080', '--log-level=info'],
        ports: [{ name: 'http', containerPort: 8080 }],
        env: Array.from({ length: 8 }, (_, number) => ({ name: `SETTING_${number}`, value: `value of setting ${number}` })),
        resources: { requests: { cpu: '250m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
        readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 5 },
        livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 },
        volumeMounts: [{ name: 'config', mountPath: '/etc/config' }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name: 'api-config' } }],
  },
});

export const statusPatch = (index: number) => ({
  status: {
    phase: 'Running',
    podIP: `10.244.${index >> 8}.${index & 255}`,
    conditions: [{ type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-01-01T00:00:00Z' }],
    containerStatuses: [
      {
        name: 'api',
        ready: true,
        restartCount: 0,
        image: 'registry.example.org/team-a/api-server:v1.2.3',
        imageID: 'sha256:0123456789abcdef',
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
      },
    ],
  },
});

/** A representation that a client sends and asks for. */
export interface Wire {
  readonly mediaType: string;
  /** Of watches. */
  readonly streamType: string;
  encodePod(pod: object): string | Uint8Array;
  decodePod(bytes: Buffer): any;
  /** Counts the events of one watch in bytes as they come. */
  eventCounter(): (chunk: Buffer) => number;
}

const newline = 10;
export const jsonWire: Wire = {
  mediaType: json,
  streamType: json,
  encodePod: (pod) => JSON.stringify(pod),
  decodePod: (bytes) => JSON.parse(bytes.toString()),
  eventCounter: () => (chunk) => {
    let count = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) count++;
    return count;
  },
};

const protobuf = 'application/vnd.kubernetes.protobuf';
const lengthBytes = 4;
const shape = messageShape(Pod);
export const protobufWire: Wire = {
  mediaType: protobuf,
  streamType: `${protobuf};stream=watch`,
  encodePod: (pod) => writeEnvelope({ apiVersion: 'v1', kind: 'Pod' }, shape, pod),
  decodePod: (bytes) => readMessage(readEnvelope(bytes), shape),
  eventCounter() {
    let rest: Buffer = Buffer.alloc(0);
    return (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let count = 0;
      for (;;) {
        const size = rest.length < lengthBytes ? Number.POSITIVE_INFINITY : lengthBytes + rest.readUInt32BE();
        if (size > rest.length) return count;
        rest = rest.subarray(size);
        count++;
      }
    };
  },
};
