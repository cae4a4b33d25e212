import type { PriorityLevelConfiguration } from '../../kinds/flowcontrol/priority-level-configuration.ts';
import { allocate } from './allocation.ts';
import { DemandIntegrator, smoothed } from './demand.ts';
import { QueueSet, type QueuingConfig, type Time } from './queue-set.ts';
import { RetryAfter } from './retry-after.ts';

type Spec = PriorityLevelConfiguration['spec'];

/** A priority level at work: its share of the server's seats, and its queues. Seats are whole numbers. */
export class Level {
  readonly name: string;
  uid = '';
  spec: Spec;
  readonly queues: QueueSet;
  readonly demand: DemandIntegrator;
  readonly retryAfter = new RetryAfter();
  /** It is no longer wanted, and stays until nobody is in it. */
  isQuiescing = false;
  nominal = 0;
  lowest = 0;
  highest = 0;
  current = 0;
  smoothedDemand = 0;
  averageDemand = 0;
  deviation = 0;
  highestDemand = 0;
  target = 0;
  /** Told whenever requests come, begin or go. */
  changed: (() => void) | undefined;
  /** The most seats that one request may take; 0: no limit of its own. */
  seatsMax = 0;

  constructor(name: string, spec: Spec, time: Time) {
    this.name = name;
    this.spec = spec;
    const demand = new DemandIntegrator(time.now);
    this.demand = demand;
    this.queues = new QueueSet(queuingOf(spec), time, (seats) => {
      demand.set(seats);
      this.changed?.();
    });
  }
  get isExempt(): boolean {
    return this.spec.type === 'Exempt';
  }
}

export function queuingOf({ limited }: Spec): QueuingConfig {
  if (limited === undefined) return { queues: -1, handSize: 1, lengthMax: 0 };
  const { queuing } = limited.limitResponse;
  if (queuing === undefined) return { queues: 0, handSize: 1, lengthMax: 0 };
  return { queues: queuing.queues ?? 64, handSize: queuing.handSize ?? 8, lengthMax: queuing.queueLengthLimit ?? 50 };
}
const sharesOf = ({ limited, exempt }: Spec): number =>
  limited === undefined ? (exempt?.nominalConcurrencyShares ?? 0) : (limited.nominalConcurrencyShares ?? 30);

/** The part of its seats that one request may take. */
const mostOfLevel = 0.15;

/** Deals the server's seats to the levels by their shares. */
export function dealNominal(levels: readonly Level[], serverSeats: number): void {
  const shares = levels.reduce((sum, { spec }) => sum + sharesOf(spec), 0);
  for (const level of levels) {
    const { spec, queues } = level;
    const nominal = shares === 0 ? 0 : Math.ceil((serverSeats * sharesOf(spec)) / shares);
    const lendable = Math.round((nominal * (spec.limited?.lendablePercent ?? spec.exempt?.lendablePercent ?? 0)) / 100);
    const limit = spec.limited?.borrowingLimitPercent;
    const borrowing = limit === undefined ? serverSeats : Math.round((nominal * limit) / 100);
    const isNew = level.highest === 0;
    level.nominal = nominal;
    level.lowest = nominal - lendable;
    level.highest = nominal + borrowing;
    const { queues: count, handSize } = queues.config;
    level.seatsMax = count > 0 ? Math.max(1, Math.min(Math.ceil(nominal * mostOfLevel), Math.floor(nominal / handSize))) : 0;
    if (isNew) level.current = nominal - Math.floor(lendable / 2);
  }
}

/**
 * Moves seats from levels that do not want theirs to those that do, by what was wanted since the last time. Gives the fraction of its
 * demand that every level gets (0 when exempt requests leave too little).
 */
export function dealBorrowed(levels: readonly Level[]): number {
  const total = levels.reduce((sum, { nominal }) => sum + nominal, 0);
  let remaining = total;
  const limited: { readonly level: Level; readonly least: number }[] = [];
  for (const level of levels) {
    const demand = level.demand.reset();
    level.smoothedDemand = smoothed(level.smoothedDemand, demand);
    level.averageDemand = demand.average;
    level.deviation = demand.deviation;
    level.highestDemand = Math.round(demand.highest);
    if (level.isExempt) {
      level.current = level.target = Math.max(level.lowest, level.highestDemand);
      remaining -= level.current;
    } else {
      const least = Math.max(level.lowest, Math.min(level.nominal, level.highestDemand));
      level.target = Math.max(least, level.smoothedDemand);
      limited.push({ level, least });
    }
  }
  const lowest = limited.reduce((sum, { level }) => sum + level.lowest, 0);
  const least = limited.reduce((sum, one) => sum + one.least, 0);
  if (remaining <= lowest) {
    for (const { level } of limited) level.current = level.lowest;
    return 0;
  }
  if (remaining <= least) {
    const part = (remaining - lowest) / (least - lowest);
    for (const one of limited) one.level.current = one.level.lowest + Math.round((one.least - one.level.lowest) * part);
    return 0;
  }
  try {
    const claims = limited.map((one) => ({ target: one.level.target, lowerBound: one.least, upperBound: one.level.highest }));
    const { shares, fraction } = allocate(total, claims);
    for (const [index, { level }] of limited.entries()) level.current = Math.round(shares[index]!);
    return fraction;
  } catch (error) {
    // Bounds that leave no shares: everybody keeps what he has.
    if (!(error instanceof RangeError)) throw error;
    return 0;
  }
}
