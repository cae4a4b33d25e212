/** Rules of names, labels, addresses and ports (k8s.io/apimachinery util/validation). Each gives the messages of what is wrong; none when it is right. */
export { ipFamily, isCidr, isIp } from './ip.ts';

export type Messages = readonly string[];
const right: Messages = [];

const labelPattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainPattern = `${labelPattern}(\\.${labelPattern})*`;
const dns1035Pattern = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedPattern = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const valuePattern = `(${qualifiedPattern})?`;
const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`);

const rule = (about: string, pattern: string, ...examples: string[]) =>
  `${about} (e.g. ${examples.map((example) => `'${example}'`).join(',  or ')}, regex used for validation is '${pattern}')`;
const upTo = (length: number) => `must be no more than ${length} characters`;
const longer = (length: number) => `must be no more than ${length} bytes`;

const subdomainRegex = whole(subdomainPattern);

const encoder = new TextEncoder();
/** In bytes, as Go counts. */
const isLonger = (text: string, max: number): boolean => text.length > max || (text.length * 3 > max && encoder.encode(text).length > max);

const checker = (pattern: string, max: number, message: string, limit = upTo) => {
  const regex = whole(pattern);
  return (text: string): Messages => {
    const isRight = regex.test(text);
    if (isLonger(text, max)) return isRight ? [limit(max)] : [limit(max), message];
    return isRight ? right : [message];
  };
};

const dns1123Label = checker(
  labelPattern,
  63,
  rule(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    labelPattern,
    'my-name',
    '123-abc',
  ),
);
const subdomainRule = rule(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomainPattern,
  'example.com',
);
export const isDns1123Subdomain = checker(subdomainPattern, 253, subdomainRule);
/** The same rule in the words of declarative validation. */
export const isLongName = checker(subdomainPattern, 253, subdomainRule, longer);
const underscoredLabel = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const underscoredPattern = `${underscoredLabel}(\\.${underscoredLabel})*`;
export const isUnderscoredSubdomain = checker(
  underscoredPattern,
  253,
  rule(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
    underscoredPattern,
    'example.com',
  ),
);
export const isWildcardDns1123Subdomain = checker(
  `\\*\\.${subdomainPattern}`,
  253,
  rule(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    `\\*\\.${subdomainPattern}`,
    '*.example.com',
  ),
);
export function isDns1123Label(text: string): Messages {
  const messages = dns1123Label(text);
  if (!text.includes('.') || !subdomainRegex.test(text)) return messages;
  return [...messages.slice(0, -1), 'must not contain dots'];
}
export const isDns1035Label = checker(
  dns1035Pattern,
  63,
  rule(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    dns1035Pattern,
    'my-name',
    'abc-123',
  ),
);
export const isLabelValue = checker(
  valuePattern,
  63,
  rule(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    valuePattern,
    'MyValue',
    'my_value',
    '12345',
  ),
  longer,
);
export const isConfigMapKey = (key: string): Messages => {
  const messages: string[] = [];
  if (key.length > 253) messages.push(upTo(253));
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    messages.push(
      rule(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  if (key === '.') messages.push("must not be '.'");
  else if (key === '..') messages.push("must not be '..'");
  else if (key.startsWith('..')) messages.push("must not start with '..'");
  return messages;
};
/** Since 1.32 any printable ASCII character but '='. */
export const isEnvVarName = (name: string): Messages => {
  if (name === '') return ['environment variable name must be non-empty'];
  if (/^[ -<>-~]+$/.test(name)) return right;
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};
export const isHttpHeaderName = checker(
  '[-A-Za-z0-9]+',
  Number.POSITIVE_INFINITY,
  rule("a valid HTTP header must consist of alphanumeric characters or '-'", '[-A-Za-z0-9]+', 'X-Header-Name'),
);
/** Why a condition holds: a word in CamelCase. */
export const isConditionReason = checker(
  '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?',
  Number.POSITIVE_INFINITY,
  rule(
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
    '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?',
    'my_name',
    'MY_NAME',
    'MyName',
    'ReasonA,ReasonB',
    'ReasonA:ReasonB',
  ),
);
/** Names that stand in a path as they are: Roles, and kinds without a stricter rule. */
export const isPathSegmentPrefix = (prefix: string): Messages =>
  [...'/%'].filter((character) => prefix.includes(character)).map((character) => `may not contain '${character}'`);
export const isPathSegmentName = (name: string): Messages =>
  name === '.' || name === '..' ? [`may not be '${name}'`] : isPathSegmentPrefix(name);

const qualifiedRule = rule(
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualifiedPattern,
  'MyName',
  'my.name',
  '123-abc',
);
const qualifiedRegex = whole(qualifiedPattern);
const qualifiedMemo = new Map<string, Messages>();
const memoMax = 10_000;
/** Of a name that is right: what is longer is not kept. */
const longestName = 253 + 1 + 63;

/** Keys of labels, annotations and taints: an optional DNS subdomain and '/', then a name. */
export function isQualifiedName(text: string): Messages {
  const known = qualifiedMemo.get(text);
  if (known !== undefined) return known;
  const messages: string[] = [];
  const parts = text.split('/');
  const name = parts.at(-1)!;
  if (parts.length > 2) {
    messages.push(
      `a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualifiedPattern}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    );
  } else {
    if (parts.length === 2) {
      if (parts[0] === '') messages.push('prefix part must be non-empty');
      else messages.push(...isLongName(parts[0]!).map((message) => `prefix part ${message}`));
    }
    if (name === '') messages.push('name part must be non-empty');
    else if (isLonger(name, 63)) messages.push(`name part ${longer(63)}`);
    if (!qualifiedRegex.test(name)) messages.push(qualifiedRule);
  }
  if (text.length > longestName) return messages;
  if (qualifiedMemo.size >= memoMax) qualifiedMemo.clear();
  qualifiedMemo.set(text, messages);
  return messages;
}

export const isPortNumber = (port: number): Messages =>
  Number.isInteger(port) && port >= 1 && port <= 65535 ? right : ['must be between 1 and 65535, inclusive'];
/** IANA service names, as container ports use them. */
export function isPortName(name: string): Messages {
  const messages: string[] = [];
  if (name.length > 15) messages.push(upTo(15));
  if (!/^[-a-z0-9]+$/.test(name)) messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) messages.push('must contain at least one letter (a-z)');
  if (name.includes('--')) messages.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) messages.push('must not begin or end with a hyphen');
  return messages;
}
