/**
 * What an unquoted YAML scalar means to go-yaml v2, which all of Kubernetes reads and writes with: YAML 1.1 without base 60;
 * dates are told apart, but stay text.
 */
export interface Scalar {
  readonly type: 'string' | 'null' | 'bool' | 'int' | 'float' | 'date' | 'merge';
  readonly value: null | boolean | number | bigint | string;
}

const words = new Map<string, Scalar>();
const word = (type: Scalar['type'], value: Scalar['value'], ...texts: readonly string[]) => {
  for (const text of texts) words.set(text, { type, value });
};
word('bool', true, 'y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON');
word('bool', false, 'n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF');
word('null', null, '', '~', 'null', 'Null', 'NULL');
word('float', Number.NaN, '.nan', '.NaN', '.NAN');
word('float', Number.POSITIVE_INFINITY, '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF');
word('float', Number.NEGATIVE_INFINITY, '-.inf', '-.Inf', '-.INF');

/** Only these can begin anything but text. */
const telling = /^(?:$|[-+0-9.yYnNtTfFoO~])/;
const integer = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Begins with the point: here Go's own reader decides, which takes underscores only between digits. */
const pointed = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const date =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))|(?: +(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?))?$/;
const largest = 2n ** 64n - 1n;
const smallest = -(2n ** 63n);
/** More digits, in any base, are more than 64 bits; to read them would take long. */
const mostDigits = 64;

function integerOf(text: string): number | bigint | undefined {
  if (!integer.test(text)) return undefined;
  const signed = /^[-+]/.test(text);
  const digits = signed ? text.slice(1) : text;
  if (digits.replace(/^0[xXbBoO]?0*/, '').length > mostDigits) return undefined;
  const octal = /^0[0-7]+$/.test(digits);
  const size = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  const value = text.startsWith('-') ? -size : size;
  if (value > (signed ? largest / 2n : largest) || value < smallest) return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const daysOf = (year: number, month: number): number => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
function isDate(text: string): boolean {
  const parts = date.exec(text);
  if (parts === null) return false;
  const [year, month, day, ...clock] = parts.slice(1).map((part) => Number(part ?? 0)) as number[];
  const [hour, minute, second, zoneHour, zoneMinute, hour2, minute2, second2] = clock as [number, ...number[]];
  if (month! < 1 || month! > 12 || day! < 1 || day! > daysOf(year!, month!)) return false;
  return hour < 24 && minute! < 60 && second! < 60 && zoneHour! <= 24 && zoneMinute! < 60 && hour2! < 24 && minute2! < 60 && second2! < 60;
}

export function resolveScalar(text: string): Scalar {
  if (text === '<<') return { type: 'merge', value: text };
  if (!telling.test(text)) return { type: 'string', value: text };
  const known = words.get(text);
  if (known !== undefined) return known;
  if (/^[-+0-9]/.test(text)) {
    if (isDate(text)) return { type: 'date', value: text };
    const plain = text.replaceAll('_', '');
    const whole = integerOf(plain);
    if (whole !== undefined) return { type: 'int', value: whole };
    if (float.test(plain) && Number.isFinite(Number(plain))) return { type: 'float', value: Number(plain) };
  } else if (pointed.test(text)) {
    const value = Number(text.replaceAll('_', ''));
    if (Number.isFinite(value)) return { type: 'float', value };
  }
  return { type: 'string', value: text };
}

const baseSixty = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
/** Text that a reader would take for text when it stands without quotes. */
export const staysText = (text: string): boolean => !telling.test(text) || (resolveScalar(text).type === 'string' && !baseSixty.test(text));
