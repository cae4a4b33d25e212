import type { Clock } from '../base/clock.ts';
import type { HttpTarget, ProbeDialer } from './dialer.ts';
import { expand } from './expand.ts';
import type { Runtime } from './runtime.ts';
import type { AnyContainer, LifecycleHandler, Pod } from './types.ts';

/** A port by number or by the name of one of the container's ports. */
export function resolvePort(port: number | string | undefined, container: AnyContainer): number {
  const number =
    typeof port === 'number'
      ? port
      : /^\d+$/.test(port ?? '')
        ? Number(port)
        : (container.ports ?? []).find((one) => one.name === port)?.containerPort;
  if (number === undefined) throw new Error(`couldn't find port: ${JSON.stringify(port)} in container`);
  if (number <= 0 || number >= 65536) throw new Error(`invalid port number: ${number}`);
  return number;
}

type HttpGet = NonNullable<LifecycleHandler['httpGet']>;
export function httpTarget(action: HttpGet, container: AnyContainer, podIp: string, purpose: 'probe' | 'lifecycle'): HttpTarget {
  return {
    scheme: action.scheme?.toLowerCase() === 'https' ? 'https' : 'http',
    host: action.host || podIp,
    port: resolvePort(action.port, container),
    path: action.path ?? '/',
    headers: (action.httpHeaders ?? []).map(({ name, value }) => ({ name, value })),
    userAgent: purpose === 'probe' ? 'kube-probe/1.36' : 'kube-lifecycle/1.36',
  };
}

/** A command with `$(NAME)` of the container's plain variables, which is all that probes may refer to. */
export function probeCommand(command: readonly string[] | undefined, container: AnyContainer): readonly string[] {
  const values = new Map((container.env ?? []).map((one) => [one.name, one.value ?? '']));
  return (command ?? []).map((word) => expand(word, (name) => values.get(name)));
}

export interface HookDeps {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly dialer: ProbeDialer;
}
/** Long enough for any hook: what limits it is the grace period of the pod. */
const hookTimeoutMs = 24 * 3_600_000;
const httpHookTimeoutMs = 30_000;

/** Runs a postStart or preStop hook to its end. Throws Error when it fails; the signal ends a sleep. */
export async function runHook(
  deps: HookDeps,
  pod: Pod,
  container: AnyContainer,
  id: string,
  hook: LifecycleHandler,
  podIp: string,
  signal?: AbortSignal,
): Promise<void> {
  if (hook.exec !== undefined) {
    const { exitCode, stderr } = await deps.runtime.execSync(id, hook.exec.command ?? [], hookTimeoutMs);
    if (exitCode !== 0) throw new Error(`command exited with ${exitCode}: ${Buffer.from(stderr).toString('utf8').slice(0, 1024)}`);
  } else if (hook.httpGet !== undefined) {
    const target = httpTarget(hook.httpGet, container, podIp, 'lifecycle');
    if (target.host === '') throw new Error(`failed to find networking container of pod ${pod.metadata.name}`);
    try {
      await deps.dialer.http(target, httpHookTimeoutMs);
    } catch (error) {
      const plain = target.scheme === 'https' && /wrong version number|packet length too long|EPROTO/.test((error as Error).message);
      if (!plain) throw error;
      await deps.dialer.http(
        { ...target, scheme: 'http', headers: target.headers.filter((one) => one.name.toLowerCase() !== 'authorization') },
        httpHookTimeoutMs,
      );
    }
  } else if (hook.sleep !== undefined) {
    await deps.clock.sleep(hook.sleep.seconds * 1000, signal);
  } else if (hook.tcpSocket === undefined) throw new Error('invalid handler');
}
