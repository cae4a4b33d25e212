import { formatTime, humanDuration } from '../../api/gotime.ts';
import { type Draft, defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { type RequestLike, validateSigningRequest } from './lib/validate.ts';
import {
  type CertificateSigningRequestStatus,
  certificateSigningRequestSpec,
  certificateSigningRequestStatus,
} from './shapes/certificate-signing-request.ts';

type Status = CertificateSigningRequestStatus;

/** A status update leaves decisions as they are, unless it adds or removes some, which validation then refuses. */
function keepDecisions(status: Draft<Status>, old: Status): void {
  for (const type of ['Approved', 'Denied']) {
    const indexes = (status.conditions ?? []).flatMap((condition, index) => (condition.type === type ? [index] : []));
    const before = (old.conditions ?? []).filter((condition) => condition.type === type);
    if (indexes.length !== before.length) continue;
    for (const [position, index] of indexes.entries()) status.conditions![index] = { ...before[position]! };
  }
}

function fillInTimes(status: Draft<Status>, old: Status, now: string): void {
  for (const condition of status.conditions ?? []) {
    condition.lastUpdateTime ||= now;
    if (condition.lastTransitionTime) continue;
    const same = old.conditions?.find((one) => one.type === condition.type && one.status === condition.status && one.lastTransitionTime);
    condition.lastTransitionTime = same?.lastTransitionTime ?? now;
  }
}

function conditionText({ status }: RequestLike): string {
  const has = (type: string) => (status.conditions ?? []).some((condition) => condition.type === type);
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${decision}${has('Failed') ? ',Failed' : ''}${status.certificate ? ',Issued' : ''}`;
}

/** Asks a signer for a certificate; somebody has to approve it first. */
export const CertificateSigningRequest = defineKind({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  scope: 'Cluster',
  subresources: ['approval', 'status'],
  resets: { '': ['spec', 'status'], approval: ['spec', 'status.certificate'] },
  disowns: { status: ['status.conditions'] },
  names: 'path-segment',
  openApiName: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  fields: { spec: required(object(2, certificateSigningRequestSpec)), status: object(3, certificateSigningRequestStatus) },
  prepareForCreate(request, { identity }) {
    const { username: _, uid: __, groups: ___, extra: ____, ...spec } = request.spec;
    const { user, uid = '', groups, extra = {} } = identity;
    request.spec = {
      ...spec,
      ...(user === '' ? {} : { username: user }),
      ...(uid === '' ? {} : { uid }),
      ...(groups.length === 0 ? {} : { groups: [...groups] }),
      ...(Object.keys(extra).length === 0 ? {} : { extra: structuredClone(extra) as Record<string, string[]> }),
    };
    request.status = {};
  },
  prepareForUpdate(request, old, { clock, subresource }) {
    if (subresource === '') return;
    if (subresource === 'status') keepDecisions(request.status, old.status);
    fillInTimes(request.status, old.status, formatTime(clock.now()));
  },
  validate: validateSigningRequest,
  columns: [
    nameColumn,
    ageColumn,
    { name: 'SignerName', description: 'Who is to sign', value: ({ spec }) => (spec.signerName === '' ? '<none>' : spec.signerName) },
    { name: 'Requestor', description: 'Who asks', value: ({ spec }) => spec.username ?? '' },
    {
      name: 'RequestedDuration',
      description: 'How long it is to hold',
      value: ({ spec }) => (spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000)),
    },
    { name: 'Condition', description: 'How far it has come', value: conditionText },
  ],
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName },
});
export interface CertificateSigningRequest extends ObjectOf<typeof CertificateSigningRequest> {}
