import { isDns1123Subdomain } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { byteLength, type Errors, invalidIf } from '../../lib/validate.ts';
import type { SecurityContext } from '../shapes/security-context.ts';

const longestSpec = 64 * 1024;
const longestDomain = 256;
const longestUser = 104;
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const dnsName = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`);
const control = /[\x00-\x1f\x7f]/;

/** What a security context says for Windows (validateWindowsSecurityContextOptions). */
export function* validateWindowsOptions(options: SecurityContext['windowsOptions'], path: string): Errors {
  if (options === undefined) return;
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options;
  if (name !== undefined) yield* invalidIf(isDns1123Subdomain(name), `${path}.gmsaCredentialSpecName`, name);
  if (spec !== undefined) {
    const at = `${path}.gmsaCredentialSpec`;
    if (spec === '') yield fieldError.invalid(at, spec, 'gmsaCredentialSpec cannot be an empty string');
    else if (byteLength(spec) > longestSpec) yield fieldError.invalid(at, spec, 'gmsaCredentialSpec size must be under 64 KiB');
  }
  if (user !== undefined) for (const why of userProblems(user)) yield fieldError.invalid(`${path}.runAsUserName`, user, why);
}

function* userProblems(name: string): Generator<string> {
  const parts = name.split('\\');
  if (name === '') return yield 'runAsUserName cannot be an empty string';
  if (control.test(name)) return yield 'runAsUserName cannot contain control characters';
  if (parts.length > 2) return yield 'runAsUserName cannot contain more than one backslash';
  const user = parts.at(-1)!;
  const domain = parts.length === 2 ? parts[0]! : undefined;
  if (domain !== undefined && byteLength(domain) >= longestDomain)
    yield `runAsUserName's Domain length must be under ${longestDomain} characters`;
  if (domain !== undefined && !netBios.test(domain) && !dnsName.test(domain))
    yield "runAsUserName's Domain doesn't match the NetBios nor the DNS format";
  if (user === '') yield "runAsUserName's User cannot be empty";
  else if (byteLength(user) > longestUser) yield `runAsUserName's User length must not be longer than ${longestUser} characters`;
  if (/^[. ]+$/.test(user)) yield "runAsUserName's User cannot contain only periods or spaces";
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) yield 'runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]';
}
