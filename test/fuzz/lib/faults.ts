/** What is thrown where nobody catches it, while a check that is not of one piece runs. */
const faults: unknown[] = [];
const noted = (error: unknown) => faults.push(error);

export function watchFaults(): void {
  process.on('uncaughtException', noted).on('unhandledRejection', noted);
}
export function unwatchFaults(): void {
  process.off('uncaughtException', noted).off('unhandledRejection', noted);
}
export const note = (error: unknown): void => void faults.push(error);
/** Throws the first fault since the last call. */
export function throwFaults(): void {
  const [first] = faults.splice(0);
  if (first !== undefined) throw first instanceof Error ? first : new Error(String(first));
}
