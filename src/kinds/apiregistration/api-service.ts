import { formatTime } from '../../api/gotime.ts';
import { defineKind, type ObjectOf, type ValidationContext } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { isDns1035Label, isDns1123Subdomain, isPathSegmentName, isPortNumber } from '../../api/names.ts';
import { object } from '../../api/schema.ts';
import { fieldError } from '../../api/status.ts';
import { goQuote } from '../../api/go-text.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { base64Length, type Errors, invalidIf } from '../lib/validate.ts';
import { type APIServiceSpec, type APIServiceStatus, apiServiceSpec, apiServiceStatus } from './shapes/api-service.ts';

interface APIServiceLike extends ApiObject {
  readonly spec: APIServiceSpec;
  readonly status: APIServiceStatus;
}
const highestGroupPriority = 20_000;
const highestVersionPriority = 1000;
const statuses = ['True', 'False', 'Unknown'];

/** Of what this server serves itself, and of what another server serves. */
function* validateService({ service, caBundle = '', insecureSkipTLSVerify = false }: APIServiceSpec): Errors {
  const insecure = 'spec.insecureSkipTLSVerify';
  if (service === undefined) {
    if (caBundle !== '')
      yield fieldError.invalid('spec.caBundle', `${base64Length(caBundle)} bytes`, 'local APIServices may not have a caBundle');
    if (insecureSkipTLSVerify) yield fieldError.invalid(insecure, true, 'local APIServices may not have insecureSkipTLSVerify');
    return;
  }
  if (!service.namespace) yield fieldError.required('spec.service.namespace');
  if (!service.name) yield fieldError.required('spec.service.name');
  const portProblems = isPortNumber(service.port ?? 443);
  if (portProblems.length > 0) yield fieldError.invalid('spec.service.port', service.port, `port is not valid: ${portProblems.join(', ')}`);
  if (insecureSkipTLSVerify && caBundle !== '') yield fieldError.invalid(insecure, true, 'may not be true if caBundle is present');
}

/** k8s.io/kube-aggregator apis/apiregistration/validation. */
function* validateApiService(
  { metadata, spec, status }: APIServiceLike,
  { old, subresource, found = [] }: ValidationContext<APIServiceLike>,
): Errors {
  if (subresource === 'status') {
    for (const [index, condition] of (status.conditions ?? []).entries())
      if (!statuses.includes(condition.status))
        yield fieldError.notSupported(`status.conditions[${index}].status`, condition.status, statuses, 'as given');
    return;
  }
  const { group = '', version = '', groupPriorityMinimum, versionPriority } = spec;
  const wanted = `${version}.${group}`;
  // The rule for its name is one of those for the metadata of a new object.
  const ofMetadata = old === undefined ? found : [];
  for (const [field, name = ''] of [
    ['metadata.generateName', metadata.generateName],
    ['metadata.name', metadata.name],
  ] as const) {
    yield* ofMetadata.filter(({ path }) => path === field);
    if (isPathSegmentName(name).length === 0 && name && name !== wanted)
      yield fieldError.invalid(field, name, `must be \`spec.version+"."+spec.group\`: ${goQuote(wanted)}`);
  }
  yield* ofMetadata.filter(({ path }) => !/^metadata\.(?:generateN|n)ame$/.test(path));
  if (group === '' && version !== 'v1')
    yield fieldError.required('spec.group', 'only v1 may have an empty group and it better be legacy kube');
  if (group !== '') yield* invalidIf(isDns1123Subdomain(group), 'spec.group', group);
  yield* invalidIf(isDns1035Label(version), 'spec.version', version);
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > highestGroupPriority)
    yield fieldError.invalid('spec.groupPriorityMinimum', groupPriorityMinimum, `must be positive and less than ${highestGroupPriority}`);
  if (versionPriority <= 0 || versionPriority > highestVersionPriority)
    yield fieldError.invalid('spec.versionPriority', versionPriority, `must be positive and less than ${highestVersionPriority}`);
  yield* validateService(spec);
}

function availability({ status }: APIServiceLike): string {
  const condition = status.conditions?.find(({ type }) => type === 'Available');
  if (condition === undefined) return 'Unknown';
  const { status: state, reason = '' } = condition;
  return state === 'True' || reason === '' ? state : `${state} (${reason})`;
}

/** A group and version, and who serves it: this server, or another one behind a service. */
export const APIService = defineKind({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  categories: ['api-extensions'],
  scope: 'Cluster',
  plainFinalizers: true,
  subresources: ['status'],
  resets: { status: ['metadata', 'spec'] },
  names: 'path-segment',
  openApiName: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  fields: { spec: object(2, apiServiceSpec), status: object(3, apiServiceStatus) },
  defaults({ spec }) {
    if (spec.service !== undefined) spec.service.port ??= 443;
  },
  prepareForCreate(service, { clock }) {
    const local = {
      type: 'Available',
      status: 'True',
      lastTransitionTime: formatTime(clock.now()),
      reason: 'Local',
      message: 'Local APIServices are always available',
    };
    service.status = service.spec.service === undefined ? { conditions: [local] } : {};
  },
  validate: validateApiService,
  columns: [
    nameColumn,
    {
      name: 'Service',
      description: 'Who serves it',
      value: ({ spec: { service } }) => (service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`),
    },
    { name: 'Available', description: 'Whether it can be reached', value: availability },
    ageColumn,
  ],
});
export interface APIService extends ObjectOf<typeof APIService> {}
