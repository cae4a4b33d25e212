import { int32, opt, ptr, shape, string } from '../../api/schema.ts';
import { type FieldError, fieldError } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { assertValid, parseConfiguration, readText } from '../lib/configuration.ts';
import { Exporter } from './otlp.ts';
import { Tracer, type Tracing } from './span.ts';

const kind = {
  kind: 'TracingConfiguration',
  apiVersions: ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`),
  shape: shape('TracingConfiguration', { endpoint: opt(string(1)), samplingRatePerMillion: ptr(int32(2)) }),
};
export interface TracingConfiguration {
  readonly endpoint?: string;
  readonly samplingRatePerMillion?: number;
}
const most = 1_000_000;
const schemes = new Set(['dns', 'unix', 'unix-abstract']);
const defaultEndpoint = 'localhost:4317';

function* faults({ endpoint, samplingRatePerMillion: rate = 0 }: TracingConfiguration): Generator<FieldError> {
  if (rate < 0) yield fieldError.invalid('samplingRatePerMillion', rate, 'sampling rate must be positive');
  if (rate > most) {
    const why = 'sampling rate per million must be less than or equal to one million';
    yield fieldError.invalid('samplingRatePerMillion', rate, why);
  }
  if (endpoint === undefined) return;
  const [, scheme = ''] = /^([^:/?#]*):?\/\//.exec(endpoint.includes('//') ? endpoint : `dns://${endpoint}`) ?? [];
  if (schemes.has(scheme)) return;
  const see = 'Options are none, dns, unix, or unix-abstract.  See https://github.com/grpc/grpc/blob/master/doc/naming.md';
  yield fieldError.invalid('endpoint', endpoint, `unsupported scheme: ${scheme}.  ${see}`);
}

/** Throws Error in upstream's words for a text that is no such configuration (kubernetes.io/docs/concepts/cluster-administration/system-traces). */
export function readTracing(text: string): TracingConfiguration {
  let configuration: TracingConfiguration;
  try {
    configuration = parseConfiguration(kind, text) as TracingConfiguration;
  } catch (error) {
    throw new Error(`failed to read tracing config: unable to decode tracing configuration data: ${(error as Error).message}`);
  }
  assertValid([...faults(configuration)], 'failed to validate tracing configuration: ');
  return configuration;
}

interface TracingDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly apiServerId: string;
}
/** Traces as the file says. Throws Error with what is wrong with it. */
export function createTracing(path: string, { clock, random, log, apiServerId }: TracingDeps): Tracing {
  const { endpoint = defaultEndpoint, samplingRatePerMillion = 0 } = readTracing(readText(path));
  const server = { 'service.name': 'apiserver', 'service.instance.id': apiServerId };
  const exporter = new Exporter({ endpoint, server, clock, log });
  const tracer = new Tracer({ clock, random, samplingRatePerMillion, take: exporter.take });
  return { tracer, close: () => exporter.close() };
}
