import type { Identity } from '../../client/call.ts';
import type { RequestInfo } from '../request-info.ts';
import { type Seat, TooManyRequests } from './flow-control.ts';

export interface InFlightLimits {
  /** 0: any number. */
  readonly readingMax: number;
  readonly changingMax: number;
}
const readingVerbs = new Set(['get', 'list', 'watch']);
const retryAfterSeconds = 1;

/** The limits that hold without priority and fairness: so many requests at once, and no queues (--enable-priority-and-fairness=false). */
export class InFlight {
  readonly #limits: InFlightLimits;
  readonly now = { reading: 0, changing: 0, readingWaits: 0, changingWaits: 0 };

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
  }
  /** Throws TooManyRequests. Administrators are never turned away. */
  enter(info: RequestInfo, identity: Identity): Seat {
    const kind = readingVerbs.has(info.verb) ? 'reading' : 'changing';
    const max = kind === 'reading' ? this.#limits.readingMax : this.#limits.changingMax;
    if (max > 0 && this.now[kind] >= max && !identity.groups.includes('system:masters'))
      throw new TooManyRequests(retryAfterSeconds, '', '');
    this.now[kind]++;
    let isOver = false;
    return {
      schemaUid: '',
      levelUid: '',
      waitedMs: 0,
      leave: () => {
        if (isOver) return;
        isOver = true;
        this.now[kind]--;
      },
    };
  }
}
