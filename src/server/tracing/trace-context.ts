/** Who a span is to the outside: what a request carries to those who continue its trace. */
export interface SpanContext {
  /** 32 digits in lower-case hexadecimal, not all 0. */
  readonly traceId: string;
  /** 16 such digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
  /** What vendors of tracing say to each other, as it came; '' for nothing. */
  readonly state: string;
}
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const isNothing = (digits: string): boolean => /^0+$/.test(digits);
const member =
  /^[a-z0-9][a-z0-9_\-*/]{0,240}(@[a-z][a-z0-9_\-*/]{0,13})?=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const membersMax = 32;

/** undefined: there is none, or none that is valid (https://www.w3.org/TR/trace-context/). */
export function readTraceContext(headers: Headers): SpanContext | undefined {
  const { traceparent } = headers;
  if (typeof traceparent !== 'string') return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = form.exec(traceparent) ?? [];
  if (version === undefined || version === 'ff' || isNothing(traceId) || isNothing(spanId)) return undefined;
  if (version === '00' && (more !== undefined || Number.parseInt(flags, 16) > 3)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1, state: stateOf(headers.tracestate) };
}
/** A list with one bad member is none. */
function stateOf(given: string | readonly string[] | undefined): string {
  const members = String(given ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const isGood = members.length <= membersMax && members.every((one) => member.test(one));
  return isGood ? members.join(',') : '';
}

/** The headers by which another server continues the trace. */
export function traceHeaders({ traceId, spanId, isSampled, state }: SpanContext): Record<string, string> {
  const traceparent = `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
  return state === '' ? { traceparent } : { traceparent, tracestate: state };
}
