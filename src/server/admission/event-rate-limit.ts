import { setLatest } from '../../base/latest.ts';
import { int32, list, object, opt, shape, string } from '../../api/schema.ts';
import { fieldError, StatusError } from '../../api/status.ts';
import { assertValid, joinErrors, readConfiguration } from '../lib/configuration.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';

const limit = shape('Limit', { type: string(1), qps: int32(2), burst: int32(3), cacheSize: opt(int32(4)) });
const type = {
  kind: 'Configuration',
  apiVersions: ['eventratelimit.admission.k8s.io/v1alpha1'],
  shape: shape('Configuration', { limits: list(1, object(0, limit)) }),
};
const defaultCacheSize = 4096;

/** What events share a limit, by its type. */
const keys: Readonly<Record<string, (context: AdmissionContext) => string>> = {
  Server: () => '',
  Namespace: ({ namespace }) => namespace,
  User: ({ identity }) => identity.user,
  SourceAndObject({ object: event }) {
    const { source = {}, involvedObject: about = {} } = event ?? {};
    return [source.component, source.host, about.kind, about.namespace, about.name, about.uid, about.apiVersion].join('');
  },
};

interface Limit {
  readonly type: string;
  readonly qps: number;
  readonly burst: number;
  readonly cacheSize?: number;
}
/** Buckets that fill at a steady rate, one for each key; those used least lately are forgotten, and are full when they come again. */
export class Buckets {
  readonly #limit: Limit;
  readonly #most: number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(given: Limit) {
    this.#limit = given;
    this.#most = given.type === 'Server' ? 1 : given.cacheSize || defaultCacheSize;
  }
  take(key: string, nowMs: number): boolean {
    const { qps, burst } = this.#limit;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    setLatest(this.#buckets, key, bucket, this.#most);
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.atMs) / 1000) * qps);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}

function readLimits(configuration: unknown): readonly Limit[] {
  const limits = (configuration === undefined ? [] : readConfiguration(type, configuration).limits) as readonly Limit[];
  const errors = limits.length === 0 ? [fieldError.invalid('limits', limits, 'must not be empty')] : [];
  for (const [index, { type: name, qps, burst, cacheSize = 0 }] of limits.entries()) {
    const path = `limits[${index}]`;
    if (!Object.hasOwn(keys, name)) errors.push(fieldError.notSupported(`${path}.type`, name, Object.keys(keys)));
    if (burst <= 0) errors.push(fieldError.invalid(`${path}.burst`, burst, 'must be positive'));
    if (qps <= 0) errors.push(fieldError.invalid(`${path}.qps`, qps, 'must be positive'));
    if (name !== 'Server' && cacheSize < 0) errors.push(fieldError.invalid(`${path}.cacheSize`, cacheSize, 'must not be negative'));
  }
  assertValid(errors);
  return limits;
}

/** Refuses events beyond a rate (https://kubernetes.io/docs/reference/config-api/apiserver-eventratelimit.v1alpha1/). Throws Error for a bad configuration. */
export function eventRateLimit(configuration: unknown): AdmissionPlugin {
  const limits = readLimits(configuration).map((one) => ({ type: one.type, buckets: new Buckets(one) }));
  return {
    name: 'EventRateLimit',
    validate(context) {
      const { kind, operation, dryRun, deps } = context;
      if (kind.group !== '' || kind.kind !== 'Event' || dryRun || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
      const nowMs = deps.clock.now();
      const reached = limits.flatMap(({ type: name, buckets }) => {
        const key = keys[name]!(context);
        return buckets.take(key, nowMs) ? [] : [`limit reached on type ${name} for key ${key}`];
      });
      if (reached.length > 0) throw new StatusError(429, 'TooManyRequests', `Too many requests: ${joinErrors(reached)}`);
    },
  };
}
