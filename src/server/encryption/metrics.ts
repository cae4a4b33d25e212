import { type Distribution, exponential, type Family, type Metrics, type Value } from '../../base/metrics.ts';
import type { Clock } from '../../base/clock.ts';
import { GrpcError } from '../../base/grpc.node.ts';
import { setLatest } from '../../base/latest.ts';
import { hashLabel } from '../lib/reload-metrics.ts';

type Direction = 'to_storage' | 'from_storage';
const envelope = 'apiserver_envelope_encryption_';
const storage = 'apiserver_storage_';
const hashesMax = 100;

/** What encryption at rest counts, under upstream's names (k8s.io/apiserver storage/value and its envelope/metrics). */
export class EncryptionMetrics {
  readonly clock: Clock;
  readonly #id: string;
  readonly #operations: Family<Value>;
  readonly #durations: Family<Distribution>;
  readonly #misses: Value;
  readonly #calls: Family<Distribution>;
  readonly #keyIds: Family<Value>;
  readonly #keyIdTimes: Family<Value>;
  readonly #statusTimes: Family<Value>;
  readonly #invalidKeyIds: Family<Value>;
  readonly #sources: Family<Value>;
  /** By the key's name. */
  readonly #hashes = new Map<string, string>();

  constructor(metrics: Metrics, clock: Clock, apiServerId: string) {
    this.clock = clock;
    this.#id = hashLabel(apiServerId);
    const transformed = ['transformation_type', 'transformer_prefix'];
    this.#operations = metrics.counter(`${storage}transformation_operations_total`, '[ALPHA] Values on their way to the store and back', [
      'resource',
      ...transformed,
      'status',
    ]);
    const seconds = '[ALPHA] Time that a value takes on its way';
    this.#durations = metrics.histogram(`${storage}transformation_duration_seconds`, seconds, exponential(5e-6, 2, 25), transformed);
    this.#misses = metrics
      .counter(`${storage}envelope_transformation_cache_misses_total`, '[ALPHA] Keys that a service had to decrypt')
      .of();
    // Of KMS v1, which is not served: they stay at nothing, as upstream's do while nobody uses it.
    const made = '[ALPHA] Time that it takes to make a key';
    metrics.histogram(`${storage}data_key_generation_duration_seconds`, made, exponential(5e-6, 2, 14));
    metrics.counter(`${storage}data_key_generation_failures_total`, '[ALPHA] Keys that could not be made');
    metrics.gauge(`${envelope}dek_cache_fill_percent`, '[ALPHA] How full the memory of keys of KMS v1 is');
    this.#calls = metrics.histogram(
      `${envelope}kms_operations_latency_seconds`,
      '[ALPHA] Calls of key services',
      exponential(0.0001, 2, 20),
      ['provider_name', 'method_name', 'grpc_status_code'],
    );
    const key = ['provider_name', 'key_id_hash', 'apiserver_id_hash'];
    const used = ['transformation_type', ...key];
    this.#keyIds = metrics.counter(`${envelope}key_id_hash_total`, '[ALPHA] Uses of a key', used);
    this.#keyIdTimes = metrics.gauge(`${envelope}key_id_hash_last_timestamp_seconds`, '[ALPHA] When a key was used last', used);
    this.#statusTimes = metrics.gauge(
      `${envelope}key_id_hash_status_last_timestamp_seconds`,
      '[ALPHA] When a service named its key last',
      key,
    );
    this.#invalidKeyIds = metrics.counter(`${envelope}invalid_key_id_from_status_total`, '[ALPHA] Names of keys that are none', [
      'provider_name',
      'error',
    ]);
    this.#sources = metrics.gauge(`${envelope}dek_source_cache_size`, '[ALPHA] Keys in memory', ['provider_name']);
  }
  #hashOf(keyId: string): string {
    const known = this.#hashes.get(keyId);
    if (known !== undefined) return known;
    const hash = hashLabel(keyId);
    setLatest(this.#hashes, keyId, hash, hashesMax);
    return hash;
  }
  /** A value of a resource went to the store or came from there. */
  transformed(resource: string, direction: Direction, prefix: string, seconds: number, error?: unknown): void {
    const status = error === undefined ? 'OK' : error instanceof GrpcError ? error.code : 'unknown-non-grpc';
    this.#operations.of(resource, direction, prefix, status).add();
    if (error === undefined) this.#durations.of(direction, prefix).observe(seconds);
  }
  missed(): void {
    this.#misses.add();
  }
  called(provider: string, method: string, seconds: number, error?: unknown): void {
    const code = error === undefined ? 'OK' : error instanceof GrpcError ? error.code : 'unknown-non-grpc';
    this.#calls.of(provider, method, code).observe(seconds);
  }
  used(direction: Direction, provider: string, keyId: string): void {
    const labels = [direction, provider, this.#hashOf(keyId), this.#id];
    this.#keyIds.of(...labels).add();
    this.#keyIdTimes.of(...labels).set(this.clock.now() / 1000);
  }
  named(provider: string, keyId: string): void {
    this.#statusTimes.of(provider, hashLabel(keyId), this.#id).set(this.clock.now() / 1000);
  }
  misnamed(provider: string, error: 'empty' | 'too_long'): void {
    this.#invalidKeyIds.of(provider, error).add();
  }
  remembered(provider: string, count: number): void {
    this.#sources.of(provider).set(count);
  }
}
