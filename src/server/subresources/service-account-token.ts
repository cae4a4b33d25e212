import { asDeclared } from '../../api/order.ts';
import { formatTime } from '../../api/gotime.ts';
import { badRequest, conflict, type FieldError, fieldError, invalid, notFound } from '../../api/status.ts';
import type { Reply } from '../../client/call.ts';
import type { Subresource, SubresourceDeps, SubresourceRequest } from '../types.ts';
import { TokenRequest } from '../../kinds/authentication/token-request.ts';
import { kindOf, posted, target } from './lib/request.ts';

const tokenRequest = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
const shortestSeconds = 600;
const longestSeconds = 2 ** 32;
const defaultSeconds = 3600;
/** Tokens of this age are extended: clients that do not reload them get a warning first (KEP-1205). */
const warnOnlySeconds = 3607;
const extendedSeconds = 365 * 24 * 3600;

interface Bound {
  readonly pod?: any;
  readonly secret?: any;
  readonly node?: any;
}

async function lookUp(deps: SubresourceDeps, kind: string, namespace: string | undefined, name: string): Promise<any> {
  const found = await deps.resources.get(kindOf(deps, '', kind), { namespace, name });
  if (found === undefined) throw notFound({ group: '', resource: `${kind.toLowerCase()}s` }, name);
  return found;
}

/** What the token is bound to; a pod brings its node along. */
async function boundTo(ref: any, request: SubresourceRequest, deps: SubresourceDeps): Promise<Bound> {
  if (ref === undefined || ref === null) return {};
  const { namespace, name: account } = request.key;
  const group = String(ref.apiVersion ?? '').includes('/') ? String(ref.apiVersion).split('/')[0] : '';
  if (group !== '' || !['Pod', 'Secret', 'Node'].includes(ref.kind)) {
    const version = String(ref.apiVersion ?? '')
      .split('/')
      .at(-1);
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${ref.kind ?? ''}`);
  }
  const object = await lookUp(deps, ref.kind, ref.kind === 'Node' ? undefined : namespace, ref.name ?? '');
  if (ref.kind === 'Pod' && object.spec.serviceAccountName !== account)
    throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`);
  if (ref.uid && ref.uid !== object.metadata.uid)
    throw conflict(
      { group: '', resource: ref.kind },
      ref.name,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  if (ref.kind === 'Secret') return { secret: object };
  if (ref.kind === 'Node') return { node: object };
  if (!object.spec.nodeName) return { pod: object };
  const node = await deps.resources.get(kindOf(deps, '', 'Node'), { name: object.spec.nodeName });
  return { pod: object, node: node ?? { metadata: { name: object.spec.nodeName } } };
}

function checkSpec(spec: any): void {
  const errors: FieldError[] = [];
  const path = 'spec.expirationSeconds';
  if (spec.expirationSeconds < shortestSeconds)
    errors.push(fieldError.invalid(path, spec.expirationSeconds, 'may not specify a duration less than 10 minutes'));
  if (spec.expirationSeconds > longestSeconds)
    errors.push(fieldError.invalid(path, spec.expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  if (errors.length > 0) throw invalid(tokenRequest, '', errors);
}

/** Fills in the body's metadata from the account, or refuses one that speaks of another. */
function settleMetadata(body: any, account: any, request: SubresourceRequest): void {
  const { name, namespace } = request.key;
  const given = body.metadata ?? {};
  const mismatch = (field: string, value: string) =>
    invalid(tokenRequest, name, [fieldError.invalid(`metadata.${field}`, value, `must match the service account ${field} if specified`)]);
  if (given.name && given.name !== name) throw mismatch('name', given.name);
  if (given.namespace && given.namespace !== namespace) throw mismatch('namespace', given.namespace);
  if (given.uid && given.uid !== account.metadata.uid)
    throw conflict(
      { group: tokenRequest.group, resource: tokenRequest.kind },
      name,
      `the UID in the token request (${given.uid}) does not match the UID of the service account (${account.metadata.uid})`,
    );
  body.metadata = { ...given, name, namespace, uid: account.metadata.uid };
}

const ref = (object: any) => ({ name: object.metadata.name, ...(object.metadata.uid ? { uid: object.metadata.uid } : {}) });

async function createToken(request: SubresourceRequest, deps: SubresourceDeps): Promise<Reply> {
  const { object: body, validate } = await posted(request, deps, TokenRequest, { keepsSystemFields: true });
  const account = await target(request, deps);
  settleMetadata(body, account, request);
  body.spec ??= {};
  const { spec } = body;
  spec.expirationSeconds ??= defaultSeconds;
  // Before the audiences are filled in: a node asks for none, and may have none but those of its pod.
  await validate();
  if (!spec.audiences?.length) spec.audiences = [...deps.tokens.audiences];
  const nowMs = deps.clock.now();
  body.metadata.creationTimestamp = formatTime(nowMs);
  checkSpec(spec);
  const { pod, secret, node } = await boundTo(spec.boundObjectRef, request, deps);
  const { maxExpirationSeconds: longest, extendsExpiration } = deps.tokens;
  if (longest !== undefined && spec.expirationSeconds > longest) {
    request.warn(`requested expiration of ${spec.expirationSeconds} seconds shortened to ${longest} seconds`);
    spec.expirationSeconds = longest;
  }

  const now = Math.floor(nowMs / 1000);
  const forUs = spec.audiences.every((audience: string) => deps.tokens.audiences.includes(audience));
  const extended = extendsExpiration && pod !== undefined && spec.expirationSeconds === warnOnlySeconds && forUs;
  const token = deps.tokens.issue({
    aud: spec.audiences,
    exp: now + (extended ? extendedSeconds : spec.expirationSeconds),
    iat: now,
    jti: deps.random.uuid(),
    'kubernetes.io': {
      namespace: request.key.namespace,
      ...(node === undefined ? {} : { node: ref(node) }),
      ...(pod === undefined ? {} : { pod: ref(pod) }),
      ...(secret === undefined ? {} : { secret: ref(secret) }),
      serviceaccount: ref(account),
      ...(extended ? { warnafter: now + warnOnlySeconds } : {}),
    },
    nbf: now,
    sub: `system:serviceaccount:${request.key.namespace}:${request.key.name}`,
  });
  const expirationTimestamp = formatTime(nowMs + spec.expirationSeconds * 1000);
  const status = { token, expirationTimestamp };
  const object = asDeclared(TokenRequest, { ...body, kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', status });
  return { code: 201, type: 'object', object };
}

/** POST serviceaccounts/{name}/token: a token that lives as long as asked, at most as long as what it is bound to. */
export const serviceAccountToken: Subresource = {
  group: '',
  kind: 'ServiceAccount',
  subresource: 'token',
  body: { group: tokenRequest.group, version: 'v1', kind: tokenRequest.kind },
  verbs: { create: createToken },
};
