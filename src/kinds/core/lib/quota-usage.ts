interface QuotaStatus {
  readonly hard?: Readonly<Record<string, string>> | undefined;
  readonly used?: Readonly<Record<string, string>> | undefined;
}

/** 'pods: 1/10, requests.cpu: 100m/1': used and allowed, of limits or of the rest. */
export const usage = ({ hard = {}, used = {} }: QuotaStatus, limits: boolean): string =>
  Object.keys(hard)
    .sort()
    .filter((name) => name.startsWith('limits.') === limits)
    .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name]}`)
    .join(', ');
