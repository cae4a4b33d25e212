import type { IncomingMessage } from 'node:http';
import { normalizeTime } from '../../api/gotime.ts';
import { badRequest, type FieldError, fieldError, internalError, invalid, StatusError } from '../../api/status.ts';
import type { Reply } from '../../client/call.ts';
import type { Subresource, SubresourceDeps, SubresourceRequest } from '../types.ts';
import { containerOf } from './lib/containers.ts';
import { ask } from './lib/http-relay.ts';
import { connectNode } from './lib/kubelet-stream.ts';
import { flag, text, wholeNumber } from './lib/query.ts';
import { target } from './lib/request.ts';

const streams = ['All', 'Stdout', 'Stderr'];
const errorMaxBytes = 50_000;

/** The query of a log request as the kubelet reads it. Throws BadRequest and Invalid. */
function optionsOf({ query, key }: SubresourceRequest): URLSearchParams {
  const [sinceSeconds, tailLines, limitBytes] = [
    wholeNumber(query, 'sinceSeconds'),
    wholeNumber(query, 'tailLines'),
    wholeNumber(query, 'limitBytes'),
  ];
  const sinceTime = text(query, 'sinceTime');
  const stream = text(query, 'stream') || 'All';
  const since = sinceTime === '' ? undefined : normalizeTime(sinceTime);
  if (sinceTime !== '' && since === undefined) throw badRequest(`parsing time ${JSON.stringify(sinceTime)}: cannot parse as RFC 3339`);
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0)
    errors.push(fieldError.invalid('tailLines', tailLines, 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && limitBytes < 1) errors.push(fieldError.invalid('limitBytes', limitBytes, 'must be greater than 0'));
  if (sinceSeconds !== undefined && since !== undefined)
    errors.push(fieldError.forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds !== undefined && sinceSeconds < 1)
    errors.push(fieldError.invalid('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  if (!streams.includes(stream)) errors.push(fieldError.notSupported('stream', stream, streams, 'sorted', 'plain'));
  if (stream !== 'All' && tailLines !== undefined)
    errors.push(fieldError.forbidden('', '`tailLines` and specific `stream` are mutually exclusive for now'));
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, key.name, errors);
  const search = new URLSearchParams();
  for (const name of ['follow', 'previous', 'timestamps']) if (flag(query, name)) search.append(name, 'true');
  if (sinceSeconds !== undefined) search.append('sinceSeconds', String(sinceSeconds));
  if (since !== undefined) search.append('sinceTime', since);
  if (tailLines !== undefined) search.append('tailLines', String(tailLines));
  if (limitBytes !== undefined) search.append('limitBytes', String(limitBytes));
  search.append('stream', stream);
  return search;
}

/** A kubelet's refusal in the API's form; its words are kept. */
async function refusal(response: IncomingMessage, name: string): Promise<StatusError> {
  let body = Buffer.alloc(0);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    body = Buffer.concat([body, chunk]);
    if (body.length >= errorMaxBytes) break;
  }
  response.destroy();
  const words = body.subarray(0, errorMaxBytes).toString('utf8');
  const code = response.statusCode ?? 500;
  if (code === 400) return badRequest(words);
  if (code === 404) {
    const details = { name, kind: 'pods/log', causes: [{ reason: 'UnexpectedServerResponse', message: words }] };
    return new StatusError(404, 'NotFound', `the server could not find the requested resource ( pods/log ${name})`, details);
  }
  return code === 500 ? internalError(words) : new StatusError(code, code === 403 ? 'Forbidden' : 'InternalError', words);
}

async function* bytesOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* response as AsyncIterable<Uint8Array>;
  } finally {
    response.destroy();
  }
}
const nothing = async function* (): AsyncGenerator<Uint8Array> {};

async function log(request: SubresourceRequest, deps: SubresourceDeps): Promise<Reply> {
  const search = optionsOf(request);
  const pod = await target(request, deps);
  const container = containerOf(pod, text(request.query, 'container'));
  const node: string = pod.spec.nodeName ?? '';
  if (node === '') return { code: 200, type: 'stream', contentType: 'text/plain', stream: nothing() };
  const connection = await connectNode(deps, node, request.signal);
  const path = `/containerLogs/${[pod.metadata.namespace, pod.metadata.name, container].map(encodeURIComponent).join('/')}?${search}`;
  const answer = await ask({ connection, method: 'GET', path, headers: { host: node, connection: 'close' }, signal: request.signal }).catch(
    (error: unknown) => {
      throw internalError(error instanceof Error ? error.message : String(error));
    },
  );
  if (answer.type === 'upgrade') {
    answer.socket.destroy();
    throw internalError('the node changed the protocol');
  }
  const { response } = answer;
  const code = response.statusCode ?? 500;
  if (code < 200 || code > 206) throw await refusal(response, request.key.name);
  return { code: 200, type: 'stream', contentType: 'text/plain', stream: bytesOf(response) };
}

/** GET pods/{name}/log: what a container has written, and with follow what it will. */
export const podLog: Subresource = {
  group: '',
  kind: 'Pod',
  subresource: 'log',
  verbs: { get: log },
  options: 'PodLogOptions',
  produces: ['text/plain'],
};
