import { randomBytes } from 'node:crypto';
import { formatTime } from '../../api/gotime.ts';
import { goQuote } from '../../api/go-text.ts';
import type { Clock } from '../../base/clock.ts';
import { GrpcClient, type Method } from '../../base/grpc.node.ts';
import type { Logger } from '../../base/log.ts';
import { type Decoded, decodeMessage, type Draft, encodeMessage, type Message } from '../../base/protobuf.ts';
import type { Random } from '../../base/random.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { ExpiringCache } from '../../base/expiring-cache.ts';
import { hashLabel as hashOf } from '../lib/reload-metrics.ts';
import { aesGcm } from './aes.ts';
import { derivedGcm, seedBytes } from './derived-keys.ts';
import type { EncryptionMetrics } from './metrics.ts';
import { decryptCall, encryptCall, encryptedObject, sourceTypes, statusCall } from './kms-messages.ts';
import type { Decrypted, Transformer } from './transformer.ts';

export interface KmsOptions {
  readonly name: string;
  /** 'unix:///run/kms.sock' */
  readonly endpoint: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly observed: EncryptionMetrics;
}
type EncryptedObject = Decoded<typeof encryptedObject>;
/** What values are encrypted with now. */
interface State {
  readonly transformer: Transformer;
  readonly source: Omit<EncryptedObject, 'encryptedData'>;
  /** Writes fail from then on, unless the service says before that its key is still the same. */
  readonly untilMs: number;
}

/** How often the service is asked about its key, when it is well and when not; and how long one goes on without an answer. */
const pollMs = 60_000;
const pollWhenIllMs = 10_000;
const writesLastMs = 180_000;
const healthMs = { good: 20_000, bad: 3_000 };
const cachedMax = 10_000;
const cachedMs = 24 * 3_600_000;
const largest = { keyId: 1024, source: 1024, annotations: 32 * 1024 };

function checkKeyId(keyId: string): void {
  if (keyId === '') throw new Error('keyID is empty');
  const size = Buffer.byteLength(keyId);
  if (size > largest.keyId) throw new Error(`keyID is ${size} bytes, which exceeds the max size of ${largest.keyId}`);
}
/** Throws Error with what upstream says of objects that no service may make. */
function check({ encryptedDekSource: source, encryptedDekSourceType: type, annotations, keyId }: State['source']): void {
  if (type !== sourceTypes.key && type !== sourceTypes.seed) throw new Error(`unknown encryptedDEKSourceType: ${type}`);
  if (source.length === 0) throw new Error('failed to validate encrypted DEK source: encrypted DEK source is empty');
  if (source.length > largest.source)
    throw new Error(
      `failed to validate encrypted DEK source: encrypted DEK source is ${source.length} bytes, which exceeds the max size of ${largest.source}`,
    );
  try {
    checkKeyId(keyId);
  } catch (error) {
    throw new Error(`failed to validate key id: ${(error as Error).message}`);
  }
  let size = 0;
  for (const [name, value] of Object.entries(annotations)) {
    const faults = isDns1123Subdomain(name.replace(/\.$/, ''));
    const fault =
      faults.length > 0
        ? faults.join(',')
        : name.includes('.')
          ? undefined
          : 'should be a domain with at least two segments separated by dots';
    if (fault !== undefined) throw new Error(`failed to validate annotations: annotations: Invalid value: ${goQuote(name)}: ${fault}`);
    size += Buffer.byteLength(name) + value.length;
  }
  if (size > largest.annotations)
    throw new Error(
      `failed to validate annotations: total size of annotations is ${size}, which exceeds the max size of ${largest.annotations}`,
    );
}

/**
 * Encryption by a key that never leaves a service of its own, version 2 (https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/): values are
 * encrypted with keys derived from a seed of this process, and the seed, encrypted by the service, is stored with each.
 */
export class Kms implements Transformer {
  readonly name: string;
  readonly #options: KmsOptions;
  readonly #client: GrpcClient;
  readonly #known: ExpiringCache<Transformer>;
  #state: State | undefined;
  #health: { readonly error: Error | undefined; readonly untilMs: number } = { error: undefined, untilMs: 0 };
  #checking: Promise<void> | undefined;
  /** Settles after the first look at the service, whatever came of it. */
  readonly primed: Promise<void>;

  constructor(options: KmsOptions) {
    this.name = options.name;
    this.#options = options;
    this.#known = new ExpiringCache(options.clock, cachedMax);
    const path = new URL(options.endpoint).pathname;
    const target = path.startsWith('/@') ? `unix-abstract:${path.slice(2)}` : `unix://${path}`;
    this.#client = new GrpcClient(target, { clock: options.clock, options: { 'grpc.default_authority': 'localhost' } });
    options.signal.addEventListener('abort', () => this.#client.close(), { once: true });
    this.primed = this.check().catch((error: unknown) => this.#tell(error));
    void this.primed.then(() => this.#poll());
  }
  #tell(error: unknown): void {
    if (!this.#options.signal.aborted) this.#options.log.warn('a KMS plugin is not well', { plugin: this.name, error });
  }
  async #poll(): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(this.#health.error === undefined ? pollMs : pollWhenIllMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.check().catch((error: unknown) => this.#tell(error));
    }
  }
  /** Throws Error unless the service is well and its key is in use; asks it, but for what it said a moment ago. */
  async check(): Promise<void> {
    const { clock } = this.#options;
    if (clock.monotonic() < this.#health.untilMs) {
      if (this.#health.error !== undefined) throw this.#health.error;
      return;
    }
    this.#checking ??= this.#look().finally(() => {
      this.#checking = undefined;
    });
    await this.#checking;
  }
  async #look(): Promise<void> {
    const { clock } = this.#options;
    let error: Error | undefined;
    try {
      await this.#ask();
    } catch (caught) {
      error = caught as Error;
    }
    this.#health = { error, untilMs: clock.monotonic() + (error === undefined ? healthMs.good : healthMs.bad) };
    if (error !== undefined) throw error;
  }
  async #ask(): Promise<void> {
    const { clock, timeoutMs } = this.#options;
    const untilMs = clock.now() + writesLastMs;
    const status = await this.#call(statusCall, {}, timeoutMs).catch((error: Error) => {
      throw new Error(`failed to perform status section of the healthz check for KMS Provider ${this.name}, error: ${error.message}`);
    });
    const faults: string[] = [];
    if (status.healthz !== 'ok') faults.push(`got unexpected healthz status: ${status.healthz}`);
    if (status.version !== 'v2' && status.version !== 'v2beta1') faults.push(`expected KMSv2 API version v2, got ${status.version}`);
    try {
      checkKeyId(status.keyId);
      this.#options.observed.named(this.name, status.keyId);
    } catch (error) {
      this.#options.observed.misnamed(this.name, status.keyId === '' ? 'empty' : 'too_long');
      faults.push(`expected KMSv2 KeyID to be set, got ${status.keyId}: ${(error as Error).message}`);
    }
    if (faults.length === 0) await this.#rotate(status.keyId, untilMs).catch((error: Error) => faults.push(error.message));
    if (faults.length > 0) throw new Error(`kmsv2 Provider ${this.name} is not healthy, error: ${faults.join(', ')}`);
  }
  /** A new seed when the service has another key; else the old one lasts longer. */
  async #rotate(statusKeyId: string, untilMs: number): Promise<void> {
    const state = this.#state;
    if (state?.source.keyId === statusKeyId) {
      this.#state = { ...state, untilMs };
      return;
    }
    const uid = this.#options.random.uuid();
    const seed = randomBytes(seedBytes);
    const fail = (why: string, keyId = '') => {
      const hashes = `statusKeyIDHash=${goQuote(hashOf(statusKeyId))}, encryptKeyIDHash=${goQuote(hashOf(keyId))}, stateKeyIDHash=${goQuote(hashOf(state?.source.keyId ?? ''))}`;
      return new Error(`failed to rotate DEK uid=${goQuote(uid)}, useSeed=true, errGen=${why}, ${hashes}`);
    };
    const reply = await this.#call(encryptCall, { plaintext: seed, uid }, this.#options.timeoutMs).catch((error: Error) => {
      throw fail(`failed to encrypt DEK, error: ${error.message}`);
    });
    const { ciphertext, keyId, annotations } = reply;
    const source = { keyId, encryptedDekSource: ciphertext, annotations, encryptedDekSourceType: sourceTypes.seed };
    try {
      check(source);
    } catch (error) {
      throw fail((error as Error).message, keyId);
    }
    if (keyId !== statusKeyId) throw fail('<nil>', keyId);
    const transformer = derivedGcm(seed);
    this.#remember(source, transformer);
    this.#state = { transformer, source, untilMs };
  }
  async #call<Q extends Message, P extends Message>(method: Method<Q, P>, request: Draft<Q>, timeoutMs: number): Promise<Decoded<P>> {
    const { observed, clock } = this.#options;
    const startMs = clock.monotonic();
    const told = (error?: unknown) => observed.called(this.name, method.path, (clock.monotonic() - startMs) / 1000, error);
    try {
      const reply = await this.#client.call(method, request, timeoutMs);
      told();
      return reply;
    } catch (error) {
      told(error);
      throw error;
    }
  }
  #remember(source: State['source'], transformer: Transformer): void {
    this.#known.set(cacheKey(source), transformer, cachedMs);
    this.#options.observed.remembered(this.name, this.#known.size);
  }
  #current(): State {
    if (this.#state === undefined) throw new Error('got unexpected nil transformer');
    return this.#state;
  }
  encrypt(plain: Uint8Array, place: Uint8Array): Uint8Array {
    const { transformer, source, untilMs } = this.#current();
    const nowMs = this.#options.clock.now();
    if (nowMs > untilMs) {
      const hash = goQuote(hashOf(source.keyId));
      throw new Error(
        `encryptedDEKSource with keyID hash ${hash} expired at ${formatTime(untilMs)} (current time is ${formatTime(nowMs)})`,
      );
    }
    const encryptedData = transformer.encrypt(plain, place) as Uint8Array;
    this.#options.observed.used('to_storage', this.name, source.keyId);
    return encodeMessage(encryptedObject, { ...source, encryptedData });
  }
  decrypt(stored: Uint8Array, place: Uint8Array): Promise<Decrypted> | Decrypted {
    const object = decodeMessage(encryptedObject, stored);
    check(object);
    if (object.encryptedData.length === 0) throw new Error('encrypted data is empty');
    const { source } = this.#current();
    const isStale = object.keyId !== source.keyId || object.encryptedDekSourceType !== source.encryptedDekSourceType;
    const open = (transformer: Transformer): Decrypted => {
      const outcome = transformer.decrypt(object.encryptedData, place) as Decrypted;
      this.#options.observed.used('from_storage', this.name, object.keyId);
      return { ...outcome, isStale };
    };
    const known = this.#known.get(cacheKey(object));
    return known === undefined ? this.#decryptSource(object).then(open) : open(known);
  }
  async #decryptSource(object: EncryptedObject): Promise<Transformer> {
    const { random, timeoutMs } = this.#options;
    const { encryptedDekSource: ciphertext, keyId, annotations, encryptedDekSourceType } = object;
    const request = { ciphertext, keyId, annotations, uid: random.uuid() };
    this.#options.observed.missed();
    const { plaintext } = await this.#call(decryptCall, request, timeoutMs).catch((error: Error) => {
      throw new Error(`failed to decrypt DEK, error: ${error.message}`);
    });
    const transformer = encryptedDekSourceType === sourceTypes.seed ? derivedGcm(plaintext) : aesGcm(plaintext);
    this.#remember(object, transformer);
    return transformer;
  }
}

function cacheKey({ keyId, encryptedDekSource, encryptedDekSourceType, annotations }: State['source']): string {
  const notes = Object.entries(annotations)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return JSON.stringify([encryptedDekSourceType, Buffer.from(encryptedDekSource).toString('base64'), keyId, notes]);
}
