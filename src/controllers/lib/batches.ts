/**
 * Runs `action` up to `count` times, first once, then in batches that double while all succeed; stops after a batch with a
 * failure. So a create that always fails is not tried a hundred times. The first error is returned, not thrown.
 */
export async function slowStart(count: number, action: () => Promise<void>): Promise<{ readonly done: number; readonly error?: unknown }> {
  let done = 0;
  for (let size = 1; done < count; size *= 2) {
    const results = await Promise.allSettled(Array.from({ length: Math.min(size, count - done) }, action));
    const failed = results.filter((result) => result.status === 'rejected');
    done += results.length - failed.length;
    if (failed[0] !== undefined) return { done, error: failed[0].reason };
  }
  return { done };
}

/** Runs `action` for all items, at most `width` at a time; all are tried, then the first error is thrown. */
export async function forAll<T>(items: readonly T[], width: number, action: (item: T) => Promise<void>): Promise<void> {
  const errors: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const item = items[next++]!;
      await action(item).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
}
