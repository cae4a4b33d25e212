import { asDeclared } from '../../api/order.ts';
import { badRequest } from '../../api/status.ts';
import type { Reply } from '../../client/call.ts';
import { TokenReview } from '../../kinds/authentication/token-review.ts';
import { bearerTokenOf } from '../authn/bearer-token.ts';
import { completed } from '../authn/known-groups.ts';
import type { Subresource, SubresourceDeps, SubresourceRequest } from '../types.ts';
import { posted } from './lib/request.ts';

async function review(request: SubresourceRequest, deps: SubresourceDeps): Promise<Reply> {
  const { object, validate } = await posted(request, deps, TokenReview);
  const { token, audiences } = object.spec ?? {};
  if (!token) throw badRequest('token is required for TokenReview in authentication');
  await validate();
  // What the client said of the status stays where nothing is found out.
  const said = object.status ?? {};
  const unknown = (error?: string) => ({ user: {}, ...said, authenticated: undefined, ...(error === undefined ? {} : { error }) });
  let status: object;
  try {
    const asked = audiences?.length ? audiences : deps.tokens.audiences;
    const bearer = bearerTokenOf(`Bearer ${token}`);
    const found = bearer === undefined ? nobody(deps, asked) : await deps.tokens.authenticate(bearer, asked);
    if (found === undefined) status = unknown(bearer === undefined ? undefined : 'invalid bearer token');
    else {
      const { user, uid, groups, extra } = completed(found.identity);
      status = {
        ...said,
        authenticated: true,
        user: { username: user, ...(uid ? { uid } : {}), groups, ...(extra === undefined ? {} : { extra }) },
        audiences: found.audiences,
      };
    }
  } catch (error) {
    status = unknown(error instanceof Error ? error.message : String(error));
  }
  const answer = asDeclared(TokenReview, { ...object, kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', status });
  return { code: 201, type: 'object', object: answer };
}

/** A blank token is none: who shows it is who shows nothing. */
const nobody = ({ tokens }: SubresourceDeps, audiences: readonly string[]) =>
  tokens.anonymous === undefined ? undefined : { identity: tokens.anonymous, audiences };

/** Tells others whose a bearer token is. */
export const tokenReview: Subresource = { group: 'authentication.k8s.io', kind: 'TokenReview', subresource: '', verbs: { create: review } };
