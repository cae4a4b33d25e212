import { Readable } from 'node:stream';
import { serviceUnavailable } from '../../api/status.ts';
import type { Call, Identity, Reply } from '../../client/call.ts';
import { callOver, type HttpRequest, type HttpResponse } from '../../client/http.node.ts';
import type { ForwardedHeaders } from '../subresources/lib/http-relay.ts';
import type { AggregatedServer } from './aggregator.ts';
import { identityHeaders } from './backend.ts';

const never = new AbortController().signal;

/** A call of this process (the autoscaler's for metrics, say) to the server that answers for its group and version. Throws StatusError. */
export async function callRemote({ isAvailable, backend }: AggregatedServer, call: Call, identity: Identity): Promise<Reply> {
  if (!isAvailable) throw serviceUnavailable('service unavailable');
  const send = async ({ method, path, headers, body, signal = never }: HttpRequest): Promise<HttpResponse> => {
    const sent: ForwardedHeaders = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const question = {
      method,
      path,
      headers: { ...(headers as ForwardedHeaders), ...sent, ...identityHeaders(identity) },
      body: body === undefined ? undefined : Readable.from([body]),
      signal,
    };
    const answer = await backend.ask(question).catch((error: Error) => {
      throw serviceUnavailable(`error trying to reach service: ${error.message}`);
    });
    const { response } = answer;
    if (answer.type === 'upgrade') answer.socket.destroy();
    return { status: response.statusCode ?? 502, headers: response.headers, body: response };
  };
  return await callOver(send, call);
}
