import { type FieldError, fieldError, invalid, StatusError } from '../../api/status.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { sameOrEmpty } from '../../kinds/lib/fields.ts';
import { deviceKey } from '../../kinds/resource/lib/device-ids.ts';
import type { AllocatedDeviceStatus, AllocationResult, ResourceClaimStatus } from '../../kinds/resource/shapes/resource-claim.ts';
import { demand } from '../chain.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';

const group = 'resource.k8s.io';
const adminLabel = 'resource.kubernetes.io/admin-access';

/** Admin access to devices is for namespaces that say so. */
async function checkAdmin(context: AdmissionContext, path: string): Promise<FieldError | undefined> {
  const { resources } = context.deps;
  const kind = resources.kinds.byKind('', 'Namespace');
  const namespace = kind === undefined ? undefined : await resources.get(kind, { name: context.namespace });
  if (namespace?.metadata.labels?.[adminLabel] === 'true') return undefined;
  return fieldError.forbidden(path, `admin access to devices requires the \`${adminLabel}: true\` label on the containing namespace`);
}
async function checkSpec(context: AdmissionContext, devices: any): Promise<FieldError | undefined> {
  const index = (devices?.requests ?? []).findIndex((request: any) => request.exactly?.adminAccess === true);
  return index < 0 ? undefined : await checkAdmin(context, `spec.devices.requests[${index}].adminAccess`);
}
async function checkAllocation(
  context: AdmissionContext,
  now: ResourceClaimStatus,
  old: ResourceClaimStatus,
): Promise<FieldError | undefined> {
  const granted = (status: ResourceClaimStatus) => (status.allocation?.devices.results ?? []).findIndex((one) => one.adminAccess === true);
  const index = granted(now);
  if (index < 0 || granted(old) >= 0) return undefined;
  return await checkAdmin(context, `status.allocation.devices.results[${index}].adminAccess`);
}

/** Why the caller may not do `verb` to a part of claims that exists for authorization alone; undefined when it may. */
async function refusalOf(
  { deps, identity }: AdmissionContext,
  verb: string,
  subresource: string,
  namespace: string,
  name: string,
): Promise<string | undefined> {
  try {
    await demand(deps.authorize, {
      ...{ identity, verb, group, version: 'v1', resource: 'resourceclaims', subresource, namespace, name },
      path: '',
      isResource: true,
    });
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

async function checkBinding(
  context: AdmissionContext,
  now: ResourceClaimStatus,
  old: ResourceClaimStatus,
): Promise<FieldError | undefined> {
  if (sameOrEmpty(now.allocation, old.allocation) && sameOrEmpty(now.reservedFor, old.reservedFor)) return undefined;
  const { verb } = context;
  const refusal = await refusalOf(context, verb, 'binding', '', '');
  if (refusal === undefined) return undefined;
  const needed = `changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="${verb}" permission`;
  return fieldError.forbidden('status.allocation', `${needed}: ${refusal}`);
}

/** Drivers whose devices' statuses differ. */
function changedDrivers(now: ResourceClaimStatus, old: ResourceClaimStatus): readonly string[] {
  const before = new Map((old.devices ?? []).map((one) => [deviceKey(one), one]));
  const drivers = new Set<string>();
  const note = (one: AllocatedDeviceStatus) => drivers.add(one.driver);
  for (const one of now.devices ?? []) {
    const previous = before.get(deviceKey(one));
    before.delete(deviceKey(one));
    if (previous === undefined || !sameOrEmpty(previous, one)) note(one);
  }
  before.forEach(note);
  return [...drivers].sort();
}
/** The one node that an allocation is for; '' when it is for several. */
function nodeOf(allocation: AllocationResult | undefined): string {
  const terms = allocation?.nodeSelector?.nodeSelectorTerms ?? [];
  const [field, ...more] = terms[0]?.matchFields ?? [];
  const isOne = terms.length === 1 && (terms[0]!.matchExpressions ?? []).length === 0 && more.length === 0;
  const values = field?.values ?? [];
  return isOne && field?.key === 'metadata.name' && field.operator === 'In' && values.length === 1 ? values[0]! : '';
}
async function checkDevices(context: AdmissionContext, now: ResourceClaimStatus, old: ResourceClaimStatus): Promise<readonly FieldError[]> {
  if (now.allocation === undefined) return [];
  const { identity, verb, namespace } = context;
  const nodes = identity.extra?.['authentication.kubernetes.io/node-name'] ?? [];
  const [node = ''] = nodes;
  const onNode =
    identity.user.startsWith('system:serviceaccount:') &&
    nodes.length === 1 &&
    isDns1123Subdomain(node).length === 0 &&
    node === nodeOf(now.allocation);
  const verbs = onNode ? [`associated-node:${verb}`, `arbitrary-node:${verb}`] : [`arbitrary-node:${verb}`];
  const errors: FieldError[] = [];
  for (const driver of changedDrivers(now, old)) {
    const refusals = await Promise.all(verbs.map((one) => refusalOf(context, one, 'driver', namespace, driver)));
    if (refusals.includes(undefined)) continue;
    const needed = `changing status.devices requires resource="resourceclaims/driver", verb="[${verbs.join(' ')}]" permission`;
    errors.push(fieldError.forbidden('status.devices', `${needed}: ${refusals[0]}`));
  }
  return errors;
}

async function find(context: AdmissionContext): Promise<readonly FieldError[]> {
  const { kind, operation, object, subresource } = context;
  if (kind.group !== group) return [];
  const errors: (FieldError | undefined)[] = [];
  if (operation === 'CREATE' && kind.kind === 'ResourceClaim') errors.push(await checkSpec(context, object.spec.devices));
  if (operation === 'CREATE' && kind.kind === 'ResourceClaimTemplate') errors.push(await checkSpec(context, object.spec.spec.devices));
  if (operation === 'UPDATE' && kind.kind === 'ResourceClaim' && subresource === 'status') {
    const old = (context.old as unknown as { status: ResourceClaimStatus }).status;
    errors.push(await checkAllocation(context, object.status, old));
    errors.push(await checkBinding(context, object.status, old));
    errors.push(...(await checkDevices(context, object.status, old)));
  }
  return errors.filter((error) => error !== undefined);
}

/** What of a claim not everybody who may write claims may write (KEP-5018, KEP-4817); upstream's registry of claims asks the authorizer. */
export const claimAuthorization: AdmissionPlugin = {
  name: 'ResourceClaimAuthorization',
  find,
  async validate(context) {
    if (context.kind.group !== group) return;
    const found = await find(context);
    if (found.length > 0) throw invalid(context.kind, context.object.metadata.name ?? '', found);
  },
};
