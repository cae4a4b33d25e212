import { badRequest } from '../../../api/status.ts';

type Query = Readonly<Record<string, readonly string[]>>;

export const text = (query: Query, name: string): string => (Object.hasOwn(query, name) ? (query[name]?.[0] ?? '') : '');

/** As Go converts query parameters to bool: absent, '', '0' and 'false' are false, all else is true. */
export const flag = (query: Query, name: string, fallback = false): boolean => {
  if (!Object.hasOwn(query, name)) return fallback;
  return !['0', 'false'].includes(text(query, name).toLowerCase());
};

/** A whole number, or undefined when the parameter is not there. Throws BadRequest. */
export function wholeNumber(query: Query, name: string): number | undefined {
  const value = text(query, name);
  if (value === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return Number(value);
}
