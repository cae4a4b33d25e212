/** RFC 3339 with seconds, as metav1.Time is written. */
export const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
/** RFC 3339 with microseconds, as metav1.MicroTime is written. */
export const microTimestamp = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
/** Milliseconds of a timestamp; 0 when there is none. */
export const timeMs = (text: string | null | undefined): number => (text ? Date.parse(text) || 0 : 0);
