import type { Identity } from '../../client/call.ts';
import type { ReviewWebhook } from '../lib/review-webhook.ts';
import type { TokenAuthenticator } from '../types.ts';

interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: {
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[] | null;
    readonly extra?: Readonly<Record<string, readonly string[]>> | null;
  };
  readonly audiences?: readonly string[] | null;
  readonly error?: string;
}

/** Asks a remote service whose a token is (--authentication-token-webhook-config-file), by a TokenReview. */
export function createWebhookTokenAuthenticator(
  webhook: Pick<ReviewWebhook, 'review'>,
  version: string,
  apiAudiences: readonly string[],
): TokenAuthenticator {
  const apiVersion = `authentication.k8s.io/${version}`;
  return async (token, asked) => {
    const metadata = { creationTimestamp: null };
    const review = { kind: 'TokenReview', apiVersion, metadata, spec: { token, audiences: asked }, status: { user: {} } };
    const answer = await webhook.review(review);
    const status: TokenReviewStatus = answer?.status ?? {};
    const made = status.audiences?.length ? status.audiences : apiAudiences;
    const audiences = asked.filter((audience) => made.includes(audience));
    if (audiences.length === 0) return undefined;
    if (status.authenticated !== true) {
      if (status.error) throw new Error(status.error);
      return undefined;
    }
    const { username = '', uid, groups, extra } = status.user ?? {};
    const identity: Identity = { user: username, groups: groups ?? [], ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) };
    return { identity, audiences };
  };
}
