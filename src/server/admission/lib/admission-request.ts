import type { AnyKind } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import type { CallOptions, Identity } from '../../../client/call.ts';
import type { AdmissionContext } from '../../types.ts';

/** What webhooks and policies are told of a request (admission.k8s.io AdmissionRequest), but for its uid and objects. */
export interface TypeName {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** The type of the request's own object: that of a subresource can be another than the resource's. */
export function requestKind({ kind, object, old }: Pick<AdmissionContext, 'kind' | 'object' | 'old'>): TypeName {
  const { apiVersion, kind: name } = (object ?? old ?? {}) as Partial<ApiObject>;
  if (apiVersion === undefined || name === undefined) return { group: kind.group, version: kind.version, kind: kind.kind };
  const slash = apiVersion.indexOf('/');
  return { group: slash < 0 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind: name };
}
export const requestResource = ({ group, version, plural }: AnyKind): ResourceType => ({ group, version, resource: plural });

export const isNamespace = ({ group, kind }: AnyKind): boolean => group === '' && kind === 'Namespace';
/** A namespace is taken to be within itself. */
export const requestNamespace = ({ kind, namespace, name }: Pick<AdmissionContext, 'kind' | 'namespace' | 'name'>): string =>
  isNamespace(kind) ? name : namespace;

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

/** The options as an object of meta.k8s.io/v1; null for connections, which have none. */
export function requestOptions({ operation, options }: Pick<AdmissionContext, 'operation' | 'options'>): object | null {
  if (operation === 'CONNECT') return null;
  const { dryRun, fieldManager, fieldValidation, gracePeriodSeconds, propagationPolicy, preconditions }: CallOptions = options;
  const own = operation === 'DELETE' ? { gracePeriodSeconds, propagationPolicy, preconditions } : { fieldManager, fieldValidation };
  return said({ kind: optionKinds[operation], apiVersion: 'meta.k8s.io/v1', dryRun: dryRun === true ? ['All'] : undefined, ...own });
}

export function userInfo({ user, uid, groups, extra }: Identity): object {
  return said({
    username: user === '' ? undefined : user,
    uid: uid === '' ? undefined : uid,
    groups: groups.length === 0 ? undefined : groups,
    extra: extra === undefined || Object.keys(extra).length === 0 ? undefined : extra,
  });
}
/** Without what is undefined. */
const said = (members: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** The request as it is told: `kind` and `resource` are what a rule matched, the request's own come beside them. */
export function admissionRequest(context: AdmissionContext, kind: TypeName, resource: ResourceType): Record<string, unknown> {
  const { subresource, name, operation, identity, dryRun } = context;
  const namespace = requestNamespace(context);
  return {
    kind,
    resource,
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: requestKind(context),
    requestResource: requestResource(context.kind),
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: userInfo(identity),
    dryRun,
    options: requestOptions(context),
  };
}

const configurationKinds: ReadonlySet<string> = new Set([
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
]);
/** Webhooks and policies have no say about themselves: nobody could repair them. */
export const isAdmissionConfiguration = ({ group, kind }: AnyKind): boolean =>
  group === 'admissionregistration.k8s.io' && configurationKinds.has(kind);
