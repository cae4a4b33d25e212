import { tryDecodeShape } from '../../../api/decode.ts';
import { goQuote } from '../../../api/go-text.ts';
import type { Status } from '../../../api/meta.ts';
import { any, bool, bytes, list, map, object, opt, ptr, shape, string } from '../../../api/schema.ts';
import { StatusError } from '../../../api/status.ts';
import type { Versioned } from './versioned-objects.ts';

/** The AdmissionReview that webhooks are sent and answer with (admission.k8s.io v1 and v1beta1). All of it is pure. */
const response = shape('io.k8s.api.admission.v1.AdmissionResponse', {
  uid: string(1),
  allowed: bool(2),
  status: ptr(any(3)),
  patch: opt(bytes(4)),
  patchType: ptr(string(5)),
  auditAnnotations: opt(map(6, string(0))),
  warnings: opt(list(7, string(0))),
});
const review = shape('io.k8s.api.admission.v1.AdmissionReview', {
  apiVersion: opt(string(0)),
  kind: opt(string(0)),
  response: ptr(object(2, response)),
});

export interface AdmissionResponse {
  readonly allowed: boolean;
  readonly status: Status | undefined;
  /** The JSON text of a patch, and what it says it is. */
  readonly patch: string | undefined;
  readonly patchType: string;
  readonly auditAnnotations: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}
/** Versions of AdmissionReview that are known here, the first that the webhook takes; undefined when it takes none. */
export const reviewVersion = (versions: readonly string[]): string | undefined =>
  versions.find((version) => version === 'v1' || version === 'v1beta1');

export const reviewOf = (version: string, uid: string, request: object, { object: now, old }: Versioned): object => ({
  kind: 'AdmissionReview',
  apiVersion: `admission.k8s.io/${version}`,
  request: { uid, ...request, object: now, oldObject: old },
});

const nameOf = (apiVersion: string, kind: string) => `${apiVersion === '' ? '/' : apiVersion}, Kind=${kind}`;

/** The answer, read and checked. Throws Error: what it is that a webhook may not say; `isUnreadable` tells what is no review at all. */
export function readReview(answer: unknown, version: string, uid: string, isMutating: boolean): AdmissionResponse {
  const decoded = tryDecodeShape(review, answer);
  if ('error' in decoded) throw new UnreadableReview(decoded.error);
  const { apiVersion = '', kind = '', response: said } = decoded.value as any;
  const isReview = kind === 'AdmissionReview' && (apiVersion === 'admission.k8s.io/v1' || apiVersion === 'admission.k8s.io/v1beta1');
  if (!isReview && (apiVersion !== '' || kind !== '')) {
    throw new UnreadableReview(
      `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const given = apiVersion.slice(apiVersion.indexOf('/') + 1);
  if (isReview && given !== version)
    throw new UnreadableReview(`converting (${given}.AdmissionReview) to (${version}.AdmissionReview): unknown conversion`);
  if (said === undefined) throw new Error('webhook response was absent');
  if (version === 'v1') checkStrictly(said, apiVersion, kind, uid, isMutating);
  const patch: string | undefined = isMutating && said.patch !== undefined && said.patch !== '' ? textOf(said.patch) : undefined;
  return {
    allowed: said.allowed,
    status: said.status ?? undefined,
    patch,
    patchType: version === 'v1' ? (said.patchType ?? '') : 'JSONPatch',
    auditAnnotations: said.auditAnnotations ?? {},
    warnings: said.warnings ?? [],
  };
}
/** It could not be read as an AdmissionReview. */
export class UnreadableReview extends Error {}

const textOf = (base64: string) => Buffer.from(base64, 'base64').toString('utf8');

function checkStrictly(said: any, apiVersion: string, kind: string, uid: string, isMutating: boolean): void {
  if (said.uid !== uid) throw new Error(`expected response.uid=${goQuote(uid)}, got ${goQuote(said.uid)}`);
  const wanted = 'admission.k8s.io/v1, Kind=AdmissionReview';
  const got = nameOf(apiVersion, kind);
  if (got !== wanted) throw new Error(`expected webhook response of ${wanted}, got ${got}`);
  const hasPatch = (said.patch ?? '') !== '';
  const hasType = said.patchType !== undefined;
  if (!isMutating) {
    if (hasPatch) throw new Error('validating webhook may not return response.patch');
    if (hasType) throw new Error('validating webhook may not return response.patchType');
    return;
  }
  if (hasPatch && !hasType) throw new Error('webhook returned response.patch but not response.patchType');
  if (!hasPatch && hasType) throw new Error('webhook returned response.patchType but not response.patch');
  if (said.patchType === '') throw new Error('webhook returned invalid response.patchType of ""');
}

/** A webhook said no. */
export class Rejection extends StatusError {}

/** What the client is answered when a webhook said no: its own status, told whose it is. */
export function rejection(webhook: string, given: Partial<Status> = {}): Rejection {
  const { code = 0, message = '', reason = '', details } = given;
  const deniedBy = `admission webhook ${goQuote(webhook)} denied the request`;
  const why = message !== '' ? `: ${message}` : reason !== '' ? `: ${reason}` : ' without explanation';
  return new Rejection(code < 400 ? 400 : code, reason, `${deniedBy}${why}`, details);
}
