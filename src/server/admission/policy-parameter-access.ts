import type { ParamKind, ParamRef } from '../../kinds/admissionregistration/shapes/policy.ts';
import { fieldError, invalid } from '../../api/status.ts';
import { sameJson } from '../../base/equal.ts';
import type { Identity } from '../../client/call.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';

const group = 'admissionregistration.k8s.io';

interface Wanted {
  readonly verb: string;
  readonly namespace: string;
  readonly name: string;
}

/** As Go prints a user. */
function userText({ user, uid = '', groups, extra = {} }: Identity): string {
  const more = Object.keys(extra)
    .sort()
    .map((key) => `${key}:[${extra[key]!.join(' ')}]`);
  return `&{${user} ${uid} [${groups.join(' ')}] map[${more.join(' ')}]}`;
}

/** The resource that a paramKind names; '*' for what is not known, which takes the right to read everything. */
function resourceNamed({ deps }: AdmissionContext, paramKind: ParamKind | undefined) {
  const { apiVersion = '', kind = '' } = paramKind ?? {};
  const parts = apiVersion.split('/');
  if (paramKind === undefined || parts.length > 2) return { group: '*', version: '*', resource: '*', parsed: false, found: false };
  const [groupName, version] = parts.length === 1 ? ['', parts[0]!] : [parts[0]!, parts[1]!];
  const found = deps.resources.kinds.byKind(groupName, kind, version);
  return { group: groupName, version, resource: found?.plural ?? '*', parsed: true, found: found !== undefined };
}

async function may(context: AdmissionContext, paramKind: ParamKind | undefined, wanted: Wanted): Promise<boolean> {
  const { group: apiGroup, version, resource } = resourceNamed(context, paramKind);
  const { identity, deps } = context;
  const rest = { identity, subresource: '', path: '', isResource: true };
  return (await deps.authorize({ ...rest, ...wanted, group: apiGroup, version, resource })).decision === 'allow';
}

function refused(context: AdmissionContext, field: string, why: string) {
  return invalid(context.kind, context.object.metadata.name ?? '', [fieldError.forbidden(`spec.${field}`, why)]);
}

async function checkPolicy(context: AdmissionContext): Promise<void> {
  const paramKind: ParamKind | undefined = context.object.spec.paramKind;
  if (paramKind === undefined || sameJson(paramKind, (context.old as any)?.spec.paramKind)) return;
  if (await may(context, paramKind, { verb: 'get', namespace: '*', name: '*' })) return;
  const { apiVersion = '', kind = '' } = paramKind;
  const whose = `user ${userText(context.identity)} must have "get" permission on all objects of the referenced paramKind`;
  throw refused(context, 'paramKind', `${whose} (kind=${kind}, apiVersion=${apiVersion})`);
}

async function checkBinding(context: AdmissionContext): Promise<void> {
  const { paramRef, policyName } = context.object.spec as { paramRef?: ParamRef; policyName: string };
  if (paramRef === undefined) return;
  const { kinds } = context.deps.resources;
  const isMutating = context.kind.kind.startsWith('Mutating');
  const policyKind = kinds.byKind(group, isMutating ? 'MutatingAdmissionPolicy' : 'ValidatingAdmissionPolicy')!;
  const policy: any = await context.deps.resources.get(policyKind, { name: policyName });
  const paramKind: ParamKind | undefined = policy?.spec.paramKind;
  const { name = '', namespace = '' } = paramRef;
  const verb = name === '' ? 'list' : 'get';
  if (await may(context, paramKind, { verb, namespace, name })) return;
  const user = userText(context.identity);
  const everything = `does not have "${verb}" permission for all groups, versions and resources`;
  const { parsed, found } = resourceNamed(context, paramKind);
  const kindText = `&{${paramKind?.apiVersion ?? ''} ${paramKind?.kind ?? ''}}`;
  let why = isMutating
    ? `user ${verb} does not have "${user}" permission on the object referenced by paramRef`
    : `user ${user} does not have "${verb}" permission on the object referenced by paramRef`;
  if (policy === undefined)
    why = `unable to get policy ${policyName} to determine minimum required permissions and user ${user} ${everything}`;
  else if (paramKind !== undefined && !parsed)
    why = `unable to parse paramKind ${kindText} to determine minimum required permissions and user ${user} ${everything}`;
  else if (paramKind !== undefined && !found)
    why = `unable to resolve paramKind ${kindText} to determine minimum required permissions and user ${user} ${everything}`;
  throw refused(context, 'paramRef', why);
}

/** Whoever has a policy read parameters must be allowed to read them himself (pkg/registry/admissionregistration, authz.go of policies and bindings). */
export const policyParameterAccess: AdmissionPlugin = {
  name: 'PolicyParameterAccess',
  async validate(context) {
    if (context.kind.group !== group || !context.kind.kind.includes('AdmissionPolicy') || context.subresource !== '') return;
    if (context.operation !== 'CREATE' && context.operation !== 'UPDATE') return;
    if (context.identity.groups.includes('system:masters')) return;
    await (context.kind.kind.endsWith('Binding') ? checkBinding(context) : checkPolicy(context));
  },
};
