export interface HttpTarget {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly userAgent: string;
}
/**
 * Reaches pods for probes and hooks. Every method throws Error with the text that belongs into events. Injected, so that
 * simulated nodes open no connection.
 */
export interface ProbeDialer {
  /** Follows redirects on the same host; one that leads elsewhere is given as it is, with `redirected`. */
  http(target: HttpTarget, timeoutMs: number): Promise<{ readonly status: number; readonly body: string; readonly redirected: boolean }>;
  tcp(host: string, port: number, timeoutMs: number): Promise<void>;
  /** grpc.health.v1.Health/Check; throws unless it answers SERVING. */
  grpc(host: string, port: number, service: string, timeoutMs: number): Promise<void>;
}
export const alwaysHealthy: ProbeDialer = {
  http: async () => ({ status: 200, body: '', redirected: false }),
  tcp: async () => undefined,
  grpc: async () => undefined,
};
