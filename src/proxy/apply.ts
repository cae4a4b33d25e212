import type { InformerFactory } from '../client/informer.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Part } from '../base/supervisor.ts';
import { EndpointSlice } from '../kinds/discovery/endpoint-slice.ts';
import { Service } from '../kinds/core/service.ts';
import { rulesOf, type Rules } from './rules.ts';
import { fullRuleset, rulesetDelta, staleUdpFlows, type RulesetOptions } from './ruleset.ts';

/** Runs a program of the machine; throws with what it wrote to stderr. */
export type RunProgram = (program: string, args: readonly string[], options?: { readonly input?: string }) => Promise<unknown>;

export interface ProxyOptions extends RulesetOptions {
  readonly nodeName: string;
  readonly informers: InformerFactory;
  readonly run: RunProgram;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Changes that come within this time are applied together. */
const gatherMs = 5;
/** Everything is written anew at times, in case something else touched the table. */
const resyncMs = 10 * 60_000;
const serviceIndex = 'proxy/service';

/** The service proxy of a node: keeps one nftables table in step with Services and EndpointSlices. */
export function createProxyPart(options: ProxyOptions): Part {
  const ready = Promise.withResolvers<void>();
  return { name: 'proxy', ready: ready.promise, run: (signal) => follow(options, signal, ready.resolve) };
}

async function follow(options: ProxyOptions, signal: AbortSignal, onReady: () => void): Promise<void> {
  const { informers, clock, log, run, table } = options;
  const services = informers.of(Service);
  const slices = informers.of(EndpointSlice);
  slices.index(serviceIndex, (slice) => [`${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`]);
  let wake = Promise.withResolvers<void>();
  const changed = () => wake.resolve();
  const handler = { added: changed, updated: changed, deleted: changed };
  using stack = new DisposableStack();
  stack.defer(services.subscribe(handler));
  stack.defer(slices.subscribe(handler));
  const onAbort = () => wake.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  stack.defer(() => signal.removeEventListener('abort', onAbort));
  await Promise.all([services.synced, slices.synced]);

  const desired = () =>
    rulesOf(
      services.cache.list(),
      (service) => slices.cache.byIndex(serviceIndex, `${service.metadata.namespace}/${service.metadata.name}`),
      options,
    );
  let applied: Rules | undefined;
  let wholeAtMs = 0;
  while (!signal.aborted) {
    wake = Promise.withResolvers<void>();
    const next = desired();
    const whole = applied === undefined || clock.monotonic() - wholeAtMs > resyncMs;
    const text = applied === undefined || whole ? fullRuleset(next, options) : rulesetDelta(applied, next, table);
    if (text !== '') {
      try {
        await run('nft', ['-f', '-'], { input: text });
      } catch (error) {
        if (applied === undefined) throw error;
        log.warn('a change of the service rules was refused; writing them anew', { error });
        applied = undefined;
        continue;
      }
      if (whole) wholeAtMs = clock.monotonic();
      if (applied !== undefined) await forgetFlows(applied, next, run);
    }
    applied = next;
    onReady();
    using _resync = clock.setTimer(resyncMs, changed);
    await wake.promise;
    if (!signal.aborted) await clock.sleep(gatherMs, signal).catch(() => undefined);
  }
}

async function forgetFlows(old: Rules, next: Rules, run: RunProgram): Promise<void> {
  for (const { service, endpoint } of staleUdpFlows(old, next)) {
    const reply = endpoint === undefined ? [] : ['--reply-src', endpoint];
    // conntrack exits with 1 when there was nothing to delete.
    await run('conntrack', ['-D', '-p', 'udp', '--orig-dst', service, ...reply]).catch(() => undefined);
  }
}
