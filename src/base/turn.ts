let waiting = 0;

/** Turns that `nextTurn` owes. In a simulation nothing else waits for the event loop, so at 0 all is quiet. */
export const turnsWaiting = (): number => waiting;

/** Resolves in a later turn of the event loop, so that input and timers get their chance. For long loops that never wait. */
export function nextTurn(): Promise<void> {
  waiting++;
  return new Promise((resolve) => {
    const come = () => {
      waiting--;
      resolve();
    };
    if (typeof setImmediate === 'function') {
      setImmediate(come);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      come();
    };
    port2.postMessage(undefined);
  });
}

/** Long loops may hold the event loop for so long; half of what any part may, since others have their share of a turn. */
export const sliceMs = 5;

/**
 * For loops that may be long: to be called again and again, it gives way to others when it was long since it last did, and says
 * undefined as long as there is no need to wait.
 */
export function slicer(clock: { monotonic(): number }): () => Promise<void> | undefined {
  let startedMs = clock.monotonic();
  return () => {
    if (clock.monotonic() - startedMs < sliceMs) return undefined;
    return nextTurn().then(() => {
      startedMs = clock.monotonic();
    });
  };
}

/** Resolves once every promise job that could run now has run; without a turn of the event loop where that can be had. */
export function jobsDone(): Promise<void> {
  if (typeof process === 'undefined' || typeof process.nextTick !== 'function') return nextTurn();
  // Node runs the queue of ticks whenever the queue of promise jobs is empty.
  return new Promise((resolve) => process.nextTick(resolve));
}
