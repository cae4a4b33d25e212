import { StatusError } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Call, Interceptor } from '../call.ts';

const bounds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
const methods: Readonly<Record<string, string>> = {
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};
const methodOf = ({ verb }: Call): string => methods[verb] ?? 'GET';

/** Counts calls, under upstream's names (k8s.io/component-base metrics/prometheus/restclient). `host`: whom they go to. */
export function measure(metrics: Metrics, clock: Clock, host: string): Interceptor {
  const requests = metrics.counter('rest_client_requests_total', '[ALPHA] Calls of the API', ['code', 'method', 'host']);
  const durations = metrics.histogram('rest_client_request_duration_seconds', '[ALPHA] Time of calls of the API', bounds, ['verb', 'host']);
  return (next) => async (call) => {
    const method = methodOf(call);
    const startMs = clock.monotonic();
    const told = (code: string) => {
      requests.of(code, method, host).add();
      durations.of(method, host).observe((clock.monotonic() - startMs) / 1000);
    };
    try {
      const reply = await next(call);
      told(String(reply.code));
      return reply;
    } catch (error) {
      told(error instanceof StatusError ? String(error.code) : '<error>');
      throw error;
    }
  };
}
