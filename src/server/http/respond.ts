import { badRequest } from '../../api/status.ts';
import type { IncludeObject } from '../../api/table.ts';
import type { Identity, Reply } from '../../client/call.ts';
import type { Passage, Until } from '../chain.ts';
import { dispatch, type ResourceRequest } from '../dispatch.ts';
import { type Accepted, bodyFormat, patchFormat } from '../negotiate.ts';
import { parseOptions, type Query } from '../options.ts';
import type { RequestInfo } from '../request-info.ts';
import type { RequestTrace } from '../tracing/request-trace.ts';
import { parseBody } from './body.ts';
import { type Exchange, header } from './exchange.ts';
import type { Form } from './forms.ts';
import type { HttpDeps } from './passage.ts';
import { nameIn, type Routed } from './routed.ts';

const reads = new Set(['get', 'list', 'watch']);
export const isWrite = ({ verb }: RequestInfo): boolean => !reads.has(verb);

export async function respond(
  deps: HttpDeps,
  exchange: Exchange,
  { info, query, audit, trace }: Passage,
  identity: Identity,
  until: Until,
  { kind, endpoint, body }: Routed,
): Promise<Reply> {
  const { verb } = info;
  if (!isWrite(info)) await deps.turns.turn();
  const contentType = header(exchange, 'content-type');
  const patch = verb === 'patch' ? patchFormat(contentType, endpoint) : undefined;
  // A body that is wanted is of a known type, or it is not read at all. Of an update the options are looked at first.
  const created = verb === 'create' ? bodyFormat(contentType) : undefined;
  const options = parseOptions(verb, query);
  const format = verb === 'update' ? bodyFormat(contentType) : created;
  let length = 0;
  if (verb === 'get') trace?.note('About to Get from storage');
  const asked: ResourceRequest = {
    ...info,
    name: nameIn(exchange, info),
    options,
    query,
    body: async () => {
      const bytes = await exchange.readBody();
      deps.metrics.body(kind, verb, bytes.byteLength);
      trace?.note('limitedReadBody succeeded', { len: bytes.byteLength });
      length = bytes.byteLength;
      await deps.turns.turn();
      if (format !== undefined) {
        trace?.note('About to convert to expected version');
        const object = parseBody(deps.dispatch.kinds, bytes, format, { type: 'object', kind: body });
        trace?.note('Conversion done');
        trace?.note('About to store object in database');
        return object;
      }
      if (patch === undefined && bytes.byteLength === 0) return undefined;
      const parsed = parseBody(
        deps.dispatch.kinds,
        bytes,
        patch?.format ?? bodyFormat(contentType),
        patch === undefined ? { type: 'options' } : { type: 'patch', patch: patch.type, isLenient: options.fieldValidation === 'Ignore' },
      );
      audit?.sent(
        patch === undefined ? { ...(parsed.value as object), kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/__internal' } : parsed.value,
      );
      trace?.note(patch === undefined ? 'Decoded delete options' : 'About to apply patch');
      return parsed;
    },
    patchType: patch?.type,
    identity,
    userAgent: header(exchange, 'user-agent'),
    get signal() {
      return until.signal;
    },
    annotate: audit?.annotate,
    requested: audit && ((object) => audit.requested(object)),
  };
  if (trace === undefined) return await dispatch(deps.dispatch, asked);
  return await noted(trace, verb, () => length, dispatch(deps.dispatch, asked));
}
/** Tells the trace how a write went. */
async function noted(trace: RequestTrace, verb: string, length: () => number, made: Promise<Reply>): Promise<Reply> {
  const stores = verb === 'create' || verb === 'update';
  try {
    const reply = await made;
    if (stores) trace.note('Write to database call succeeded', { len: length() });
    else if (verb === 'patch') trace.note('Object stored in database');
    else if (verb === 'delete') trace.note('Object deleted from database');
    return reply;
  } catch (error) {
    if (stores) trace.note('Write to database call failed', { len: length(), err: String((error as Error).message) });
    throw error;
  }
}
export const presentation = ({ bytes, clock }: HttpDeps, query: Query, form: Accepted): Form => ({
  accepted: form,
  includeObject: includeOf(query, form),
  nowMs: () => clock.now(),
  bytes,
});

/** Throws BadRequest for what tables cannot include. */
function includeOf({ includeObject }: Query, { as }: Accepted): IncludeObject {
  const value = includeObject?.[0] || 'Metadata';
  if (value === 'None' || value === 'Object' || value === 'Metadata' || as !== 'Table') return value as IncludeObject;
  const why = "must be 'Metadata', 'Object', 'None', or empty";
  throw badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: ${why}`);
}
