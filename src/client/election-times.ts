/** Upstream's --leader-elect-lease-duration, --leader-elect-renew-deadline and --leader-elect-retry-period. */
export interface ElectionTimes {
  /** Others wait this long after they last saw the lease change. */
  readonly leaseDurationMs: number;
  /** Who could not renew it for so long leads no more. */
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}
export const defaultElectionTimes: ElectionTimes = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
/** Tries come up to this part of the period later, so that candidates do not come together. */
export const jitter = 1.2;

/** Throws Error, in upstream's words, for times that do not go together. */
export function checkElectionTimes({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }: ElectionTimes): void {
  if (leaseDurationMs <= renewDeadlineMs) throw new Error('leaseDuration must be greater than renewDeadline');
  if (renewDeadlineMs <= jitter * retryPeriodMs) throw new Error('renewDeadline must be greater than retryPeriod*JitterFactor');
  if (leaseDurationMs < 1_000) throw new Error('leaseDuration must be greater than zero');
  if (retryPeriodMs <= 0) throw new Error('retryPeriod must be greater than zero');
}
