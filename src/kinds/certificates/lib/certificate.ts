import { DerError, type Element, elementAt, elementsOf, latin1Of } from '../../../base/der.ts';

const versionTag = 0xa0;
const utcTime = 0x17;

/** A UTCTime or GeneralizedTime as RFC 5280 4.1.2.5 has it, in milliseconds since the epoch. */
function timeOf({ tag, body }: Element): number {
  const text = latin1Of(body);
  const century = tag === utcTime ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') : '';
  const match = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(century + text);
  if (match === null) throw new DerError('x509: malformed time');
  const [year = 0, month = 0, day, hour, minute, second] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** Until when a certificate in DER is valid. Throws DerError. */
export function certificateEndMs(der: Uint8Array): number {
  const fields = elementsOf(elementAt(elementAt(der).body).body);
  const validity = fields[fields[0]?.tag === versionTag ? 4 : 3];
  const notAfter = validity && elementsOf(validity.body)[1];
  if (notAfter === undefined) throw new DerError('x509: malformed validity');
  return timeOf(notAfter);
}
