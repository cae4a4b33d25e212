import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { ApiServerFlags } from '../flags.ts';
import { readText } from '../lib/configuration.ts';
import { readRemoteKubeconfig } from '../lib/remote-kubeconfig.ts';
import { Audit, type AuditOutput } from './audit.ts';
import type { Backend } from './backend.ts';
import type { BatchOptions } from '../lib/batches.ts';
import { BatchBackend } from './batch-backend.ts';
import { LogBackend } from './log-backend.ts';
import { parsePolicy } from './policy.ts';
import { WebhookBackend } from './webhook-backend.ts';

export interface AuditDeps {
  readonly flags: ApiServerFlags;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const modes = ['batch', 'blocking', 'blocking-strict'] as const;
const formats = ['legacy', 'json'] as const;
const bufferMax = 10_000;
const dayMs = 86_400_000;
const mebibyte = 1024 * 1024;

/** What the --audit-* flags ask for; undefined: nothing. Throws Error for what can't be done. */
export function createAudit(deps: AuditDeps): Audit | undefined {
  const { flags, clock, log } = deps;
  checkFlags(flags);
  const policyFile = flags['audit-policy-file'];
  const hasLog = flags['audit-log-path'] !== undefined;
  const hasWebhook = flags['audit-webhook-config-file'] !== undefined;
  if (policyFile === undefined) {
    if (hasLog || hasWebhook) log.info('no audit policy file provided, no events will be recorded');
    return undefined;
  }
  const policy = policyFrom(policyFile, log);
  if (!hasLog && !hasWebhook) return undefined;
  // What is lost is counted by the audit, which is made of the backends.
  const lost = (name: Backend['name']) => (count: number) => audit.lost(name, count);
  const outputs: AuditOutput[] = [];
  if (hasLog) outputs.push(output(deps, 'log', logBackend(deps), lost('log')));
  if (hasWebhook) outputs.push(output(deps, 'webhook', webhookBackend(deps), lost('webhook')));
  const audit = new Audit({ policy, outputs, clock, log });
  return audit;
}

function policyFrom(path: string, log: Logger) {
  try {
    return parsePolicy(readText(path), (warning) =>
      log.warn('audit policy contains errors, falling back to lenient decoding', { path, warning }),
    );
  } catch (error) {
    throw new Error(`loading audit policy file: failed to read file path ${JSON.stringify(path)}: ${(error as Error).message}`);
  }
}

function checkFlags(flags: ApiServerFlags): void {
  const format = flags['audit-log-format'] ?? 'json';
  if (!(formats as readonly string[]).includes(format))
    throw new Error(`invalid audit log format ${format}, allowed formats are "${formats.join(',')}"`);
  for (const name of ['log', 'webhook'] as const) {
    const mode = flags[`audit-${name}-mode`];
    if (mode !== undefined && !(modes as readonly string[]).includes(mode))
      throw new Error(`invalid audit ${name} mode ${mode}, allowed modes are "${modes.join(',')}"`);
    const version = flags[`audit-${name}-version`];
    if (version !== undefined && version !== 'audit.k8s.io/v1')
      throw new Error('invalid group version, allowed versions are [{"audit.k8s.io" "v1"}]');
    if (flags[`audit-${name}-batch-buffer-size`] === 0)
      throw new Error(`invalid audit batch ${name} buffer size 0, must be a positive number`);
    if (flags[`audit-${name}-batch-max-size`] === 0)
      throw new Error(`invalid audit batch ${name} max batch size 0, must be a positive number`);
  }
}

function output({ flags, clock }: AuditDeps, name: Backend['name'], backend: Backend, lost: (count: number) => void): AuditOutput {
  const isWebhook = name === 'webhook';
  const mode = (flags[`audit-${name}-mode`] ?? (isWebhook ? 'batch' : 'blocking')) as AuditOutput['mode'];
  const throttled = flags[`audit-${name}-batch-throttle-enable`] ?? isWebhook;
  const batch: BatchOptions = {
    bufferMax: flags[`audit-${name}-batch-buffer-size`] ?? bufferMax,
    batchMax: flags[`audit-${name}-batch-max-size`] ?? (isWebhook ? 400 : 1),
    waitMs: flags[`audit-${name}-batch-max-wait`] ?? (isWebhook ? 30_000 : 0),
    throttle: throttled
      ? { perSecond: flags[`audit-${name}-batch-throttle-qps`] ?? 10, burst: flags[`audit-${name}-batch-throttle-burst`] ?? 15 }
      : undefined,
  };
  const truncate =
    flags[`audit-${name}-truncate-enabled`] === true
      ? { eventMaxBytes: flags[`audit-${name}-truncate-max-event-size`] ?? 102_400 }
      : undefined;
  return { backend: mode === 'batch' ? new BatchBackend(backend, batch, clock, lost) : backend, mode, truncate };
}

function logBackend({ flags, clock, log }: AuditDeps): Backend {
  return new LogBackend({
    path: flags['audit-log-path']!,
    format: (flags['audit-log-format'] ?? 'json') as 'json',
    sizeMaxBytes: (flags['audit-log-maxsize'] || 100) * mebibyte,
    ageMaxMs: (flags['audit-log-maxage'] ?? 366) * dayMs,
    backupsMax: flags['audit-log-maxbackup'] ?? 100,
    compress: flags['audit-log-compress'] ?? false,
    clock,
    log,
  });
}
function webhookBackend({ flags, clock, random, log, signal }: AuditDeps): Backend {
  try {
    const target = readRemoteKubeconfig(flags['audit-webhook-config-file']!);
    return new WebhookBackend({
      target,
      initialBackoffMs: flags['audit-webhook-initial-backoff'] ?? 10_000,
      clock,
      random,
      log,
      signal,
    });
  } catch (error) {
    throw new Error(`initializing audit webhook: ${(error as Error).message}`);
  }
}
