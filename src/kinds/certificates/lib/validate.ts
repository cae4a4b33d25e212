import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { goQuote } from '../../../api/go-text.ts';
import { decodePem } from '../../../base/pem.ts';
import { sameJson } from '../../../base/equal.ts';
import { describeDifference } from '../../lib/difference.ts';
import { goShown } from '../../lib/go-shown.ts';
import type { Errors } from '../../lib/validate.ts';
import {
  type CertificateSigningRequestCondition,
  certificateSigningRequestCondition,
  type CertificateSigningRequestSpec,
  type CertificateSigningRequestStatus,
} from '../shapes/certificate-signing-request.ts';
import { parseRequest, requestText } from './request.ts';

/** CertificateSigningRequest (pkg/apis/certificates/validation). */
export interface RequestLike extends ApiObject {
  readonly spec: CertificateSigningRequestSpec;
  readonly status: CertificateSigningRequestStatus;
}
type Context = ValidationContext<RequestLike>;

const usageNames = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
export const legacySigner = 'kubernetes.io/legacy-unknown';
const shortestSeconds = 600;
/** Conditions that hold or are not there. */
const decisions = ['Approved', 'Denied'];
const settled = [...decisions, 'Failed'];
const statuses = ['False', 'True', 'Unknown'];
const longestDomain = 253;
const longestSignerName = longestDomain + (longestDomain + 63 + 1) + 1;

/** 'example.com/name': who is to sign. */
export function* validateSignerName(path: string, name: string): Errors {
  if (name === '') return yield fieldError.required(path);
  const segments = name.split('/');
  if (segments.length !== 2)
    return yield fieldError.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
  const [domain, rest] = segments as [string, string];
  if (domain.length > longestDomain) yield fieldError.tooLong(path, longestDomain);
  const labels = domain.split('.');
  const wrong = labels.find((label) => isDns1123Label(label).length > 0);
  if (wrong !== undefined)
    for (const message of isDns1123Label(wrong)) yield fieldError.invalid(path, domain, `validating label ${goQuote(wrong)}: ${message}`);
  if (labels.length < 2) yield fieldError.invalid(path, domain, 'should be a domain with at least two segments separated by dots');
  const wrongPart = rest.split('.').find((part) => isDns1123Subdomain(part).length > 0);
  if (wrongPart !== undefined)
    for (const message of isDns1123Subdomain(wrongPart))
      yield fieldError.invalid(path, rest, `validating label ${goQuote(wrongPart)}: ${message}`);
  if (name.length > longestSignerName) yield fieldError.tooLong(path, longestSignerName);
}

function requestProblem(request: string, { cryptography }: Context): string | undefined {
  try {
    return cryptography?.signature(parseRequest(requestText(request)));
  } catch (error) {
    return (error as Error).message;
  }
}

/** A chain of certificates in PEM, and nothing else. */
function certificateProblem(base64: string, { cryptography }: Context): string | undefined {
  let rest = requestText(base64);
  if (rest === '') return undefined;
  let blocks = 0;
  for (let block = decodePem(rest); block !== undefined; block = decodePem(rest)) {
    if (block.type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${goQuote(block.type)}`;
    if (block.hasHeaders) return 'no PEM block headers are permitted';
    blocks++;
    if (block.bytes.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates';
    const problem = cryptography?.certificate(block.bytes);
    if (problem !== undefined) return problem;
    rest = block.rest;
  }
  return blocks === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}

const hasTwice = (values: readonly string[]) => new Set(values).size < values.length;
const typesOf = ({ conditions = [] }: CertificateSigningRequestStatus) => conditions.map(({ type }) => type);

function* validateUsages(usages: readonly string[], old: readonly string[]): Errors {
  const path = 'spec.usages';
  if (usages.length === 0) yield fieldError.required(path);
  if (old.every((usage) => usageNames.includes(usage)))
    for (const [index, usage] of usages.entries())
      if (!usageNames.includes(usage)) yield fieldError.notSupported(`${path}[${index}]`, usage, usageNames);
  if (hasTwice(old)) return;
  for (const [index, usage] of usages.entries()) if (usages.indexOf(usage) < index) yield fieldError.duplicate(`${path}[${index}]`, usage);
}

function* validateConditions(status: CertificateSigningRequestStatus, old: CertificateSigningRequestStatus): Errors {
  const path = 'status.conditions';
  const before = typesOf(old);
  const seen = new Set<string>();
  for (const [index, condition] of (status.conditions ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (condition.type === '' && !before.includes('')) yield fieldError.required(`${at}.type`);
    const allowed = settled.includes(condition.type) ? ['True'] : statuses;
    if (condition.status === '') yield fieldError.required(`${at}.status`);
    else if (!allowed.includes(condition.status)) yield fieldError.notSupported(`${at}.status`, condition.status, allowed);
    const other = condition.type === 'Approved' ? 'Denied' : condition.type === 'Denied' ? 'Approved' : undefined;
    if (other !== undefined && seen.has(other) && !decisions.every((type) => before.includes(type)))
      yield fieldError.invalid(path, condition.type, 'Approved and Denied conditions are mutually exclusive');
    if (seen.has(condition.type) && !hasTwice(before)) yield fieldError.duplicate(`${at}.type`, condition.type);
    seen.add(condition.type);
  }
}

/** Decisions come through 'approval', the certificate through 'status'; neither goes, nor changes once it is there. */
function* validateChange(status: CertificateSigningRequestStatus, old: CertificateSigningRequestStatus, subresource: string): Errors {
  const path = 'status.conditions';
  const ofType = (of: CertificateSigningRequestStatus, type: string): readonly CertificateSigningRequestCondition[] =>
    (of.conditions ?? []).filter((condition) => condition.type === type);
  for (const type of settled)
    if (ofType(status, type).length < ofType(old, type).length)
      yield fieldError.forbidden(path, `updates may not remove a condition of type ${goQuote(type)}`);
  if (subresource !== 'approval')
    for (const type of decisions) {
      const [after, before] = [ofType(status, type), ofType(old, type)];
      if (after.length > before.length) yield fieldError.forbidden(path, `updates may not add a condition of type ${goQuote(type)}`);
      else if (after.length === before.length && !sameJson(after, before)) {
        const [was, is] = [before, after].map((list) => list.map((one) => goShown(certificateSigningRequestCondition, one)));
        const difference = describeDifference(was, is);
        yield fieldError.forbidden(path, `updates may not modify a condition of type ${goQuote(type)}\n${difference}`);
      }
    }
  const [after = '', before = ''] = [status.certificate, old.certificate];
  if (after === before) return;
  if (subresource !== 'status') yield fieldError.forbidden('status.certificate', 'updates may not set certificate content');
  else if (before !== '') yield fieldError.forbidden('status.certificate', 'updates may not modify existing certificate content');
}

export function* validateSigningRequest({ spec, status }: RequestLike, context: Context): Errors {
  const { old, subresource } = context;
  const problem = requestProblem(spec.request, context);
  if (problem !== undefined) yield fieldError.invalid('spec.request', spec.request, problem);
  yield* validateUsages(spec.usages ?? [], old?.spec.usages ?? []);
  if (spec.signerName === legacySigner && old?.spec.signerName !== legacySigner)
    yield fieldError.invalid('spec.signerName', spec.signerName, 'the legacy signerName is not allowed via this API version');
  else yield* validateSignerName('spec.signerName', spec.signerName);
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < shortestSeconds)
    yield fieldError.invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 600 seconds (10 minutes)');
  yield* validateConditions(status, old?.status ?? {});
  const { certificate = '' } = status;
  const before = old?.status.certificate ?? '';
  const kept = old !== undefined && (certificate === before || certificateProblem(before, context) !== undefined);
  const certificateWrong = kept ? undefined : certificateProblem(certificate, context);
  if (certificateWrong !== undefined) yield fieldError.invalid('status.certificate', '<certificate data>', certificateWrong);
  if (old !== undefined) yield* validateChange(status, old.status, subresource);
}
