import { milliValue } from '../../../api/quantity.ts';

/** Amounts are kept to the thousandth, rounded up. */
export function roundResources(list: Record<string, string> | undefined): void {
  for (const [name, text] of Object.entries(list ?? {})) if (/[nu]$/.test(text)) list![name] = `${milliValue(text)}m`;
}
