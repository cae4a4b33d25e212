import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import type { ApiServerFlags } from '../flags.ts';
import type { HealthCheck } from '../health.ts';
import { readText } from '../lib/configuration.ts';
import { followFile, RetryLater } from '../lib/followed-file.ts';
import { reloadObserver } from '../lib/reload-metrics.ts';
import { aesCbc, aesGcm } from './aes.ts';
import { groupResource, parseEncryptionConfiguration, type Provider, timeoutMsOf } from './configuration.ts';
import { Kms } from './kms.ts';
import { EncryptionMetrics } from './metrics.ts';
import { secretbox } from './secretbox.ts';
import { identity, type Prefixed, prefixed, type Transformer } from './transformer.ts';

export interface EncryptionOptions {
  readonly flags: ApiServerFlags;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly metrics: Metrics;
  readonly apiServerId: string;
}

const reloadLimitMs = 10_000;
const reloadStepMs = 100;
/** What is under way may still need the old keys. */
const retireMs = 20_000;

function keyed({ keys }: NonNullable<Provider['aesgcm']>, cipher: string, make: (key: Uint8Array) => Transformer, shown: string): Prefixed {
  const all = keys.map(({ name, secret }) => ({ prefix: `${name}:`, transformer: make(Buffer.from(secret, 'base64')) }));
  const none = `no matching key was found for the provided ${shown} transformer`;
  return { prefix: `k8s:enc:${cipher}:v1:`, transformer: prefixed(all, none) };
}

/** One configuration in force: which transformer stores the values of which resource. */
type ObservedOptions = EncryptionOptions & { readonly observed: EncryptionMetrics };
class Rules {
  readonly kms: Kms[] = [];
  readonly #stop = new AbortController();
  readonly #byResource = new Map<string, Transformer>();

  constructor(text: string, reloads: boolean, options: ObservedOptions) {
    const common = { ...options, signal: AbortSignal.any([options.signal, this.#stop.signal]) };
    const config = parseEncryptionConfiguration(text, reloads);
    const byResource = new Map<string, Prefixed[]>();
    for (const { resources, providers } of config.resources) {
      const transformers = providers.map((provider) => this.#transformerOf(provider, common));
      for (const name of resources) {
        const { group, resource } = groupResource(name);
        for (const wider of [`*.${group}`, '*.*'])
          if (byResource.has(wider))
            throw new Error(`error while building transformers: resource "${name}" is masked by earlier rule "${wider}"`);
        const id = `${resource}.${group}`;
        byResource.set(id, [...(byResource.get(id) ?? []), ...transformers]);
      }
    }
    for (const [id, all] of byResource)
      this.#byResource.set(id, { ...prefixed(all, 'no matching prefix found'), observed: options.observed });
  }
  #transformerOf({ aesgcm, aescbc, secretbox: box, kms }: Provider, options: Omit<ObservedOptions, 'flags'>): Prefixed {
    if (aesgcm !== undefined) return keyed(aesgcm, 'aesgcm', aesGcm, 'AES');
    if (aescbc !== undefined) return keyed(aescbc, 'aescbc', aesCbc, 'AES');
    if (box !== undefined) return keyed(box, 'secretbox', secretbox, 'Secretbox');
    if (kms === undefined) return { prefix: '', transformer: identity };
    const service = new Kms({ ...options, name: kms.name, endpoint: kms.endpoint, timeoutMs: timeoutMsOf(kms) });
    this.kms.push(service);
    return { prefix: `k8s:enc:kms:v2:${kms.name}:`, transformer: service };
  }
  transformer(group: string, resource: string): Transformer {
    const found = this.#byResource.get(`${resource}.${group}`) ?? this.#byResource.get(`*.${group}`) ?? this.#byResource.get('*.*');
    return found ?? identity;
  }
  /** Throws Error that names who is not well. */
  async check(): Promise<void> {
    const faults: string[] = [];
    for (const [index, kms] of this.kms.entries()) {
      await kms.check().catch((error: Error) => faults.push(`kms-provider-${index}: ${error.message}`));
    }
    if (faults.length > 0) throw new Error(faults.length === 1 ? faults[0]! : `[${faults.join(', ')}]`);
  }
  stop(): void {
    this.#stop.abort(new Error('other keys are in force'));
  }
}

/** Which resources are stored encrypted, and how: as the file of --encryption-provider-config says, which may be followed. */
export class Encryption {
  #rules: Rules;
  /** Increases whenever other rules are in force. */
  version = 1;
  readonly checks: readonly HealthCheck[];

  private constructor(rules: Rules, reloads: boolean) {
    this.#rules = rules;
    this.checks = reloads || rules.kms.length > 0 ? [{ name: 'kms-providers', check: () => this.#rules.check() }] : [];
  }
  /** Waits for the first answer of key services. Throws Error for a configuration that is not valid. */
  static async start(given: EncryptionOptions): Promise<Encryption> {
    const { flags, clock, log, signal, metrics, apiServerId } = given;
    const observed = new EncryptionMetrics(metrics, clock, apiServerId);
    const options = { ...given, observed };
    const path = flags['encryption-provider-config'];
    const reloads = flags['encryption-provider-config-automatic-reload'] ?? false;
    if (path === undefined) throw new Error('--encryption-provider-config-automatic-reload must be set with --encryption-provider-config');
    const text = readText(path);
    if (text === '') throw new Error(`encryption provider configuration file "${path}" is empty`);
    const rules = new Rules(text, reloads, options);
    await Promise.all(rules.kms.map(({ primed }) => primed));
    const encryption = new Encryption(rules, reloads);
    if (reloads) {
      const observer = reloadObserver(metrics, 'encryption', apiServerId, clock, text);
      void followFile({ path, text, apply: (next) => encryption.#apply(next, options), clock, log, signal, observer });
    }
    return encryption;
  }
  transformer(group: string, resource: string): Transformer {
    return this.#rules.transformer(group, resource);
  }
  /** New keys come in force once the services that keep them answer. */
  async #apply(text: string, options: ObservedOptions): Promise<void> {
    const { clock, signal } = options;
    const next = new Rules(text, true, options);
    const untilMs = clock.monotonic() + reloadLimitMs;
    for (;;) {
      try {
        await next.check();
        break;
      } catch (error) {
        if (clock.monotonic() < untilMs && !signal.aborted) {
          await clock.sleep(reloadStepMs, signal).catch(() => undefined);
          continue;
        }
        next.stop();
        throw new RetryLater(`health check for new transformers failed: ${(error as Error).message}`);
      }
    }
    const old = this.#rules;
    this.#rules = next;
    this.version++;
    void clock
      .sleep(retireMs, signal)
      .catch(() => undefined)
      .then(() => old.stop());
  }
}
