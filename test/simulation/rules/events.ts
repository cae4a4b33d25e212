import type { RuleMaker } from '../rule.ts';

const most = 2_000;

/** Events are counted up or forgotten, never without bound. */
export const events: RuleMaker = () => ({
  atEnd({ history }) {
    const count = history.list('core/events').length;
    return count > most ? `${count} events are kept` : undefined;
  },
});
