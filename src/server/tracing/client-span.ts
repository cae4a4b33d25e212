import { headersOfTrace, traced } from './span.ts';

interface Asked {
  readonly method: string;
  readonly url: URL;
  /** The URL as it is told, where that is another. */
  readonly shown?: string;
}

/** A request to another server, as a span of the trace that it is sent for; `send` is given the headers that hand the trace on. */
export function tracedRequest<T>(
  { method, url, shown = url.href }: Asked,
  send: (headers: Readonly<Record<string, string>>) => Promise<T>,
  codeOf: (answer: T) => number,
): Promise<T> {
  const attributes = () => ({
    'http.request.method': method,
    'url.full': shown,
    'server.address': url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port === '' ? {} : { 'server.port': Number(url.port) }),
    'network.protocol.version': '1.1',
  });
  const work = async (span: Parameters<Parameters<typeof traced>[2]>[0]): Promise<T> => {
    const answer = await send(headersOfTrace());
    const code = codeOf(answer);
    span?.tell({ 'http.response.status_code': code, ...(code >= 400 ? { 'error.type': String(code) } : {}) });
    if (code >= 400) span?.fail('');
    return answer;
  };
  return traced(`HTTP ${method}`, attributes, work, 'client');
}
