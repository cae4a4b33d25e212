import { isObject } from '../../base/objects.ts';

/** Pieces of a text that has no schema, such as a kubeconfig: what is not of the sort that is looked for is not there. */
export type Entry = Readonly<Record<string, unknown>>;

export const textIn = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
export const entryIn = (value: unknown): Entry => (isObject(value) ? value : {});
export const entriesIn = (value: unknown): readonly Entry[] => (Array.isArray(value) ? value.filter(isObject) : []);
