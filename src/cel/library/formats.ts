/** Named formats of strings (apiserver/pkg/cel/library/format.go). */
import { isDns1035Label, isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from '../../api/names.ts';
import type { Library } from '../api.ts';
import { isDate, isDateTime } from '../strfmt.ts';
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
const matching = (holds: (text: string) => boolean, message: string) => (text: string) => (holds(text) ? [] : [message]);
const uuidPattern = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;
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
  uuid: new FormatValue(
    'uuid',
    70,
    matching((text) => uuidPattern.test(text), 'does not match the UUID format'),
  ),
  byte: new FormatValue(
    'byte',
    84,
    matching((text) => base64Pattern.test(text), 'invalid base64'),
  ),
  date: new FormatValue('date', 71, matching(isDate, 'invalid date')),
  datetime: new FormatValue('datetime', 71, matching(isDateTime, 'invalid datetime')),
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
