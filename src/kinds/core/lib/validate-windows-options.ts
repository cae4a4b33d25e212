import { isDns1123Subdomain } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { byteLength, type Errors, invalidIf } from '../../lib/validate.ts';
import type { Container } from '../shapes/container.ts';
import type { PodSpec } from '../shapes/pod-spec.ts';
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

/** Containers that are processes of a Windows host: all of a pod, or none (validateWindowsHostProcessPod). */
export function* validateHostProcesses(
  spec: PodSpec,
  containers: readonly { readonly container: Pick<Container, 'securityContext'>; readonly at: string }[],
  path: string,
): Errors {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let processes = 0;
  for (const { container, at } of containers) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const rule = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      yield fieldError.invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, rule);
    }
    if (own ?? ofPod ?? false) processes++;
  }
  if (processes === 0) return;
  if (processes !== containers.length)
    yield fieldError.invalid(path, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers');
  if (spec.hostNetwork !== true)
    yield fieldError.invalid(`${path}.hostNetwork`, false, 'hostNetwork must be true if pod contains any hostProcess containers');
}
