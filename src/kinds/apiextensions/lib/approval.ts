import { goQuote } from '../../../api/go-text.ts';
import { parseGoRequestUrl } from '../../../api/go-url.ts';

/** Groups of the community need an approval (KEP-1111). */
export const approvedAnnotation = 'api-approved.kubernetes.io';
export type ApprovalState = 'invalid' | 'approved' | 'bypassed' | 'missing';

export const isProtectedGroup = (group: string): boolean => /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);

export function approvalOf(annotations: Readonly<Record<string, string>> | undefined): {
  readonly state: ApprovalState;
  readonly reason: string;
} {
  const given = (annotations !== undefined && Object.hasOwn(annotations, approvedAnnotation) && annotations[approvedAnnotation]) || '';
  const must = `protected groups must have approval annotation ${goQuote(approvedAnnotation)}`;
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (given === '') return { state: 'missing', reason: `${must}, ${see}` };
  if (given.startsWith('unapproved')) return { state: 'bypassed', reason: `not approved: ${goQuote(given)}` };
  const url = parseGoRequestUrl(given);
  if (!('error' in url) && url.host !== '' && url.scheme !== '') return { state: 'approved', reason: `approved in ${given}` };
  return { state: 'invalid', reason: `${must} with either a URL or a reason starting with "unapproved", ${see}` };
}
