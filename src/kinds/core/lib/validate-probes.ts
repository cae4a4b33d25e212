import { isHttpHeaderName } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { type Errors, invalidIf, nonNegative, nothing, oneOf, portNumber, portNumberOrName } from '../../lib/validate.ts';
import { lifecycle as lifecycleShape, type HTTPGetAction, type Lifecycle, type LifecycleHandler, type Probe } from '../shapes/probes.ts';

function* validateHttpGet(action: HTTPGetAction, path: string): Errors {
  if (!action.path) yield fieldError.required(`${path}.path`);
  yield* portNumberOrName(`${path}.port`, action.port);
  yield* oneOf(`${path}.scheme`, action.scheme ?? '', ['HTTP', 'HTTPS']);
  for (const { name } of action.httpHeaders ?? []) yield* invalidIf(isHttpHeaderName(name), `${path}.httpHeaders`, name);
}

type Handler = Partial<Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>>;

const handlerTypes = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

/** The first that there is. */
function validateAction({ exec, httpGet, tcpSocket, grpc, sleep }: Handler, graceSeconds: number | undefined, path: string): Errors {
  if (exec !== undefined) return (exec.command ?? []).length === 0 ? [fieldError.required(`${path}.exec.command`)] : nothing;
  if (httpGet !== undefined) return validateHttpGet(httpGet, `${path}.httpGet`);
  if (tcpSocket !== undefined) return portNumberOrName(`${path}.tcpSocket.port`, tcpSocket.port);
  if (grpc !== undefined) return portNumber(`${path}.grpc.port`, grpc.port);
  const { seconds } = sleep!;
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return nothing;
  return [
    fieldError.invalid(`${path}.sleep`, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`),
  ];
}
/** Exactly one action. */
function* validateHandler(handler: Handler, graceSeconds: number | undefined, path: string): Errors {
  let count = 0;
  for (const type of handlerTypes) {
    if (handler[type] === undefined) continue;
    if (count++ > 0) yield fieldError.forbidden(`${path}.${type}`, 'may not specify more than 1 handler type');
    else yield* validateAction(handler, graceSeconds, path);
  }
  if (count === 0) yield fieldError.required(path, 'must specify a handler type');
}

const probeNumbers = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const;
function* validateProbe(probe: Probe, path: string): Errors {
  yield* validateHandler(probe, undefined, path);
  for (const field of probeNumbers) if ((probe[field] ?? 0) < 0) yield* nonNegative(`${path}.${field}`, probe[field]);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) yield fieldError.invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0');
}

interface Probed {
  readonly livenessProbe?: Probe | undefined;
  readonly readinessProbe?: Probe | undefined;
  readonly startupProbe?: Probe | undefined;
}
export function* validateProbes(container: Probed, path: string): Errors {
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    const probe = container[name];
    if (probe === undefined) continue;
    const at = `${path}.${name}`;
    yield* validateProbe(probe, at);
    if (name === 'readinessProbe') {
      if (probe.terminationGracePeriodSeconds !== undefined) {
        const value = probe.terminationGracePeriodSeconds;
        yield fieldError.invalid(`${at}.terminationGracePeriodSeconds`, value, 'must not be set for readinessProbes');
      }
    } else if (probe.successThreshold !== 1) yield fieldError.invalid(`${at}.successThreshold`, probe.successThreshold ?? 0, 'must be 1');
  }
}

const linuxSignals = lifecycleShape.fields.stopSignal.enum ?? [];

export function* validateLifecycle(
  lifecycle: Lifecycle,
  context: { readonly graceSeconds?: number | undefined; readonly os?: string | undefined },
  path: string,
): Errors {
  for (const hook of ['postStart', 'preStop'] as const)
    if (lifecycle[hook] !== undefined) yield* validateHandler(lifecycle[hook], context.graceSeconds, `${path}.${hook}`);
  if (lifecycle.stopSignal === undefined) return;
  const at = `${path}.stopSignal`;
  if (context.os === undefined) yield fieldError.forbidden(at, 'may not be set for containers with empty `spec.os.name`');
  else if (context.os === 'windows') yield* oneOf(at, lifecycle.stopSignal, ['SIGKILL', 'SIGTERM']);
  else if (context.os === 'linux') yield* oneOf(at, lifecycle.stopSignal, linuxSignals);
}
