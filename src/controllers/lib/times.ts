/** Milliseconds of a timestamp; 0 when there is none. */
export const timeMs = (text: string | null | undefined): number => (text ? Date.parse(text) || 0 : 0);
