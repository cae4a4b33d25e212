/** Resource quantities (k8s.io/apimachinery resource.Quantity): exact, canonical, memoised by text. */
type Format = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
interface Parsed {
  /** The amount times 10^9; finer digits are rounded up, as upstream does. */
  readonly nanos: bigint;
  readonly format: Format;
}

const nano = 10n ** 9n;
const binary: Readonly<Record<string, bigint>> = { Ki: 2n ** 10n, Mi: 2n ** 20n, Gi: 2n ** 30n, Ti: 2n ** 40n, Pi: 2n ** 50n, Ei: 2n ** 60n };
/** Powers of ten of the decimal suffixes. */
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const shape = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;
const longestText = 128;

export const quantityError = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const memo = new Map<string, Parsed | undefined>();
const memoMax = 10_000;

function parse(text: string): Parsed | undefined {
  const found = memo.get(text);
  if (found !== undefined || memo.has(text)) return found;
  const parsed = text.length > longestText ? undefined : parseAnew(text);
  if (memo.size >= memoMax) memo.clear();
  memo.set(text, parsed);
  return parsed;
}

function parseAnew(text: string): Parsed | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction || '0');
  let numerator = digits * nano;
  let denominator = 10n ** BigInt(fraction.length);
  let format: Format = 'DecimalSI';
  if (suffix in binary) {
    numerator *= binary[suffix]!;
    format = 'BinarySI';
  } else {
    const isExponent = /^[eE][+-]?\d/.test(suffix);
    const power = isExponent ? Number(suffix.slice(1)) : decimal[suffix]!;
    if (isExponent) format = 'DecimalExponent';
    if (power >= 0) numerator *= 10n ** BigInt(power);
    else denominator *= 10n ** BigInt(-power);
  }
  const rounded = (numerator + denominator - 1n) / denominator;
  return { nanos: sign === '-' ? -rounded : rounded, format };
}

function must(text: string): Parsed {
  const parsed = parse(text);
  if (parsed === undefined) throw new RangeError(quantityError);
  return parsed;
}
const absolute = (value: bigint) => (value < 0n ? -value : value);

function format({ nanos, format: wanted }: Parsed): string {
  if (nanos === 0n) return '0';
  const sign = nanos < 0n ? '-' : '';
  const size = absolute(nanos);
  if (wanted === 'BinarySI' && size % nano === 0n && size >= 1024n * nano) {
    let amount = size / nano;
    let suffix = '';
    for (const name of Object.keys(binary)) {
      if (amount % 1024n !== 0n) break;
      amount /= 1024n;
      suffix = name;
    }
    return `${sign}${amount}${suffix}`;
  }
  let amount = size;
  let power = -9;
  while (power < 18 && amount % 1000n === 0n) {
    amount /= 1000n;
    power += 3;
  }
  if (wanted === 'DecimalExponent') return power === 0 ? `${sign}${amount}` : `${sign}${amount}e${power}`;
  return `${sign}${amount}${Object.keys(decimal).find((name) => decimal[name] === power)!}`;
}

export const isQuantity = (text: string): boolean => parse(text) !== undefined;
/** The one text upstream writes for this amount: '1000m' is '1', '1024Mi' is '1Gi'. Throws RangeError. */
export const canonicalQuantity = (text: string): string => format(must(text));
/** Whole units, rounded up. */
export function value(text: string): number {
  const { nanos } = must(text);
  return Number(nanos >= 0n ? (nanos + nano - 1n) / nano : nanos / nano);
}
/** Thousandths, rounded up. */
export function milliValue(text: string): number {
  const { nanos } = must(text);
  return Number(nanos >= 0n ? (nanos + 999_999n) / 1_000_000n : nanos / 1_000_000n);
}
/** Less than, equal to or greater than zero, as a sorts to b. */
export function compareQuantities(a: string, b: string): number {
  const left = must(a).nanos;
  const right = must(b).nanos;
  return left < right ? -1 : left > right ? 1 : 0;
}
export const addQuantities = (a: string, b: string): string => format({ nanos: must(a).nanos + must(b).nanos, format: must(a).nanos === 0n ? must(b).format : must(a).format });
export const subtractQuantities = (a: string, b: string): string => format({ nanos: must(a).nanos - must(b).nanos, format: must(a).nanos === 0n ? must(b).format : must(a).format });
export const quantitySign = (text: string): -1 | 0 | 1 => {
  const { nanos } = must(text);
  return nanos < 0n ? -1 : nanos > 0n ? 1 : 0;
};
