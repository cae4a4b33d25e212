import { parseDurationNanos } from '../api/gotime.ts';
import { resolve } from 'node:path';

/**
 * The flags of kube-apiserver that this server knows, by upstream's names: one line each, read by who uses it.
 * https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
 */
interface FlagType<T> {
  /** Throws Error with what is wrong. A flag that is given several times is joined by commas, as upstream does for lists. */
  parse(value: string, cwd: string): T;
}
export const text: FlagType<string> = { parse: (value) => value };
/** A path, made absolute. */
export const file: FlagType<string> = {
  parse(value, cwd) {
    if (value === '') throw new Error('is not the path of a file');
    return resolve(cwd, value);
  },
};
export const list: FlagType<readonly string[]> = {
  parse: (value) =>
    value
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
};
export const truth: FlagType<boolean> = {
  parse(value) {
    if (value !== 'true' && value !== 'false') throw new Error('is neither true nor false');
    return value === 'true';
  },
};
export const integer: FlagType<number> = {
  parse(value) {
    if (!/^\d{1,15}$/.test(value)) throw new Error('is not a whole number');
    return Number(value);
  },
};
/** `key=value`, several by commas; a value may hold commas itself. */
export const pairs: FlagType<Readonly<Record<string, string>>> = {
  parse(value) {
    const found: Record<string, string> = {};
    for (const one of value.split(/,(?=[^,=]+=)/)) {
      const at = one.indexOf('=');
      if (at < 0) throw new Error(`is malformed: ${JSON.stringify(one)} is not of the form key=value`);
      found[one.slice(0, at).trim()] = one.slice(at + 1).trim();
    }
    return found;
  },
};
/** Paths, made absolute. */
export const files: FlagType<readonly string[]> = { parse: (value, cwd) => list.parse(value, cwd).map((one) => resolve(cwd, one)) };
export const decimal: FlagType<number> = {
  parse(value) {
    if (!/^\d{1,15}(\.\d{1,15})?$/.test(value)) throw new Error('is not a number');
    return Number(value);
  },
};
/** A path, or '-' for standard output. */
const logFile: FlagType<string> = { parse: (value, cwd) => (value === '-' ? value : file.parse(value, cwd)) };
/** As Go writes durations, e.g. 1h30m; in milliseconds. */
export const durationMs: FlagType<number> = {
  parse(value) {
    if (!/^(0|(\d+(\.\d+)?(ms|s|m|h))+)$/.test(value)) throw new Error('is not a duration such as 90s or 1h30m');
    return Number(parseDurationNanos(value)) / 1e6;
  },
};

const flagTypes = {
  'admission-control-config-file': file,
  'anonymous-auth': truth,
  'api-audiences': list,
  'audit-log-batch-buffer-size': integer,
  'audit-log-batch-max-size': integer,
  'audit-log-batch-max-wait': durationMs,
  'audit-log-batch-throttle-burst': integer,
  'audit-log-batch-throttle-enable': truth,
  'audit-log-batch-throttle-qps': decimal,
  'audit-log-compress': truth,
  'audit-log-format': text,
  'audit-log-maxage': integer,
  'audit-log-maxbackup': integer,
  'audit-log-maxsize': integer,
  'audit-log-mode': text,
  'audit-log-path': logFile,
  'audit-log-truncate-enabled': truth,
  'audit-log-truncate-max-batch-size': integer,
  'audit-log-truncate-max-event-size': integer,
  'audit-log-version': text,
  'audit-policy-file': file,
  'audit-webhook-batch-buffer-size': integer,
  'audit-webhook-batch-max-size': integer,
  'audit-webhook-batch-max-wait': durationMs,
  'audit-webhook-batch-throttle-burst': integer,
  'audit-webhook-batch-throttle-enable': truth,
  'audit-webhook-batch-throttle-qps': decimal,
  'audit-webhook-config-file': file,
  'audit-webhook-initial-backoff': durationMs,
  'audit-webhook-mode': text,
  'audit-webhook-truncate-enabled': truth,
  'audit-webhook-truncate-max-batch-size': integer,
  'audit-webhook-truncate-max-event-size': integer,
  'audit-webhook-version': text,
  'authentication-config': file,
  'authentication-token-webhook-cache-ttl': durationMs,
  'authentication-token-webhook-config-file': file,
  'authentication-token-webhook-version': text,
  'authorization-config': file,
  'authorization-mode': list,
  'authorization-policy-file': file,
  'authorization-webhook-cache-authorized-ttl': durationMs,
  'authorization-webhook-cache-unauthorized-ttl': durationMs,
  'authorization-webhook-config-file': file,
  'authorization-webhook-version': text,
  'client-ca-file': file,
  'disable-admission-plugins': list,
  'enable-admission-plugins': list,
  'enable-bootstrap-token-auth': truth,
  'enable-priority-and-fairness': truth,
  'feature-gates': text,
  'max-mutating-requests-inflight': integer,
  'max-requests-inflight': integer,
  'encryption-provider-config': file,
  'encryption-provider-config-automatic-reload': truth,
  'etcd-cafile': file,
  'etcd-certfile': file,
  'etcd-compaction-interval': durationMs,
  'etcd-keyfile': file,
  'etcd-prefix': text,
  'etcd-servers': list,
  'oidc-ca-file': file,
  'oidc-client-id': text,
  'oidc-groups-claim': text,
  'oidc-groups-prefix': text,
  'oidc-issuer-url': text,
  'oidc-required-claim': pairs,
  'oidc-signing-algs': list,
  'oidc-username-claim': text,
  'oidc-username-prefix': text,
  profiling: truth,
  'requestheader-allowed-names': list,
  'requestheader-client-ca-file': file,
  'requestheader-extra-headers-prefix': list,
  'requestheader-group-headers': list,
  'requestheader-uid-headers': list,
  'requestheader-username-headers': list,
  'runtime-config': text,
  'service-account-extend-token-expiration': truth,
  'service-account-issuer': list,
  'service-account-jwks-uri': text,
  'service-account-key-file': files,
  'service-account-lookup': truth,
  'service-account-max-token-expiration': durationMs,
  'service-account-signing-key-file': file,
  'token-auth-file': file,
  'tracing-config-file': file,
} satisfies Readonly<Record<string, FlagType<unknown>>>;

export type ApiServerFlags = {
  readonly [Name in keyof typeof flagTypes]?: ReturnType<(typeof flagTypes)[Name]['parse']>;
};

/** Reads `name=value` settings; leading dashes are allowed. Throws Error that names the one that is wrong. */
export function parseFlags(given: readonly string[], cwd: string): ApiServerFlags {
  const values = new Map<string, string>();
  for (const one of given) {
    const [, name, value = 'true'] = /^-{0,2}([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(one) ?? [];
    if (name === undefined) throw new Error(`${JSON.stringify(one)} is not of the form name=value`);
    if (!Object.hasOwn(flagTypes, name)) throw new Error(`--${name}: this server does not know that flag; it knows ${known()}`);
    values.set(name, values.has(name) ? `${values.get(name)},${value}` : value);
  }
  const flags: Record<string, unknown> = {};
  for (const [name, value] of values) {
    try {
      flags[name] = flagTypes[name as keyof typeof flagTypes].parse(value, cwd);
    } catch (error) {
      throw new Error(`--${name}: ${JSON.stringify(value)} ${(error as Error).message}`);
    }
  }
  return flags;
}
/** Flags, or files that they name, with which the server can't start. The message says which and why. */
export class ConfigurationError extends Error {}
/** What `make` throws is a ConfigurationError. */
export function configured<T>(make: () => T): T {
  const fail = (error: unknown): never => {
    throw new ConfigurationError(error instanceof Error ? error.message : String(error));
  };
  try {
    const made = make();
    return made instanceof Promise ? (made.catch(fail) as T) : made;
  } catch (error) {
    return fail(error);
  }
}
const known = (): string => Object.keys(flagTypes).sort().join(', ');
