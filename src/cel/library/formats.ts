/** Named formats of strings (apiserver/pkg/cel/library/format.go). */
import { isDns1035Label, isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from '../../api/names.ts';
import { formatCheck } from '../../api/structural/formats.ts';
import type { Library } from '../api.ts';
import * as t from '../types.ts';
import type { CelType } from '../types.ts';
import { ArrayList, type CelError, type CelValue, OpaqueValue, Optional, orNoSuchOverload } from '../values.ts';
import { member, overload } from './overloads.ts';
import { requestUriError } from './urls.ts';

export const formatType: CelType = t.object('kubernetes.NamedFormat');
type Messages = readonly string[];

class FormatValue extends OpaqueValue {
  readonly type = formatType;
  readonly name: string;
  readonly validate: (text: string) => Messages;
  /** What cost takes the pattern's length for. */
  readonly maxRegexSize: number;
  constructor(name: string, maxRegexSize: number, validate: (text: string) => Messages) {
    super();
    this.name = name;
    this.maxRegexSize = maxRegexSize;
    this.validate = validate;
  }
  override unwrapped(): CelValue {
    return this;
  }
  equals(other: CelValue): boolean | CelError {
    return other instanceof FormatValue ? this.name === other.name : orNoSuchOverload(other);
  }
}
/** A prefix may end in a dash: what follows will not. */
const prefix = (validate: (text: string) => Messages) => (text: string) =>
  validate(text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text);
const known = (name: string, maxRegexSize: number, message: string) =>
  new FormatValue(name, maxRegexSize, (text) => (formatCheck(name)(text) ? [] : [message]));
const uri = (text: string): Messages => {
  const error = requestUriError(text);
  return error === undefined ? [] : [error];
};
const formats: Readonly<Record<string, FormatValue>> = {
  dns1123Label: new FormatValue('DNS1123Label', 30, isDns1123Label),
  dns1123Subdomain: new FormatValue('DNS1123Subdomain', 60, isDns1123Subdomain),
  dns1035Label: new FormatValue('DNS1035Label', 30, isDns1035Label),
  qualifiedName: new FormatValue('QualifiedName', 60, isQualifiedName),
  dns1123LabelPrefix: new FormatValue('DNS1123LabelPrefix', 30, prefix(isDns1123Label)),
  dns1123SubdomainPrefix: new FormatValue('DNS1123SubdomainPrefix', 60, prefix(isDns1123Subdomain)),
  dns1035LabelPrefix: new FormatValue('DNS1035LabelPrefix', 30, prefix(isDns1035Label)),
  labelValue: new FormatValue('LabelValue', 40, isLabelValue),
  uri: new FormatValue('URI', 1103, uri),
  uuid: known('uuid', 70, 'does not match the UUID format'),
  byte: known('byte', 84, 'invalid base64'),
  date: known('date', 71, 'invalid date'),
  datetime: known('datetime', 71, 'invalid datetime'),
};
function validate(format: FormatValue, text: string): CelValue {
  const messages = format.validate(text);
  return messages.length === 0 ? Optional.none : Optional.of(new ArrayList(messages));
}
export const formatsLibrary: Library = {
  name: 'kubernetes.format',
  functions: {
    validate: [member('format-validate', [formatType, t.string], t.optional(t.list(t.string)), validate)],
    'format.named': [
      overload('format-named', [t.string], t.optional(formatType), (name: string) =>
        Object.hasOwn(formats, name) ? Optional.of(formats[name]!) : Optional.none,
      ),
    ],
    ...Object.fromEntries(
      Object.entries(formats).map(([name, format]) => [`format.${name}`, [overload(`format.${name}`, [], formatType, () => format)]]),
    ),
  },
};
