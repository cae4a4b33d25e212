import type { Step } from '../../differential/scenario.ts';
import { bytesOf, joined } from './mutate.ts';

/** Requests as bytes. */
const bodyOf = ({ body }: Step): string =>
  body === undefined ? '' : 'value' in body ? (JSON.stringify(body.value) ?? '') : 'text' in body ? body.text : '{}';
const fieldsOf = (step: Step, body: string): [string, string][] => [
  ...(body === '' ? [] : ([['content-type', 'application/json']] as [string, string][])),
  ...Object.entries(step.headers ?? {}),
];

export function http1(step: Step): string {
  const body = bodyOf(step);
  const fields = fieldsOf(step, body).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = body === '' ? '' : `content-length: ${bytesOf(body).length}\r\n`;
  return `${step.method} ${step.path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${fields.join('')}${length}\r\n${body}`;
}

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** A frame of RFC 9113, 4.1. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const head = Uint8Array.of(payload.length >> 16, payload.length >> 8, payload.length, type, flags, 0, 0, 0, stream);
  return joined(head, payload);
}
/** A literal of RFC 7541, 5.2, without Huffman coding. */
function literal(text: string): Uint8Array {
  const bytes = bytesOf(text);
  if (bytes.length < 127) return joined(Uint8Array.of(bytes.length), bytes);
  const rest: number[] = [0x7f];
  let left = bytes.length - 127;
  for (; left >= 128; left >>= 7) rest.push((left & 0x7f) | 0x80);
  return joined(Uint8Array.from([...rest, left]), bytes);
}
const field = (name: string, value: string) => joined(Uint8Array.of(0), literal(name), literal(value));
const [dataFrame, headersFrame, settingsFrame] = [0, 1, 4];
const [endStream, endHeaders] = [1, 4];

export function http2(step: Step): Uint8Array {
  const body = bytesOf(bodyOf(step));
  const pseudo = [field(':method', step.method), field(':scheme', 'https'), field(':authority', 'a'), field(':path', step.path)];
  const block = joined(...pseudo, ...fieldsOf(step, bodyOf(step)).map(([name, value]) => field(name, value)));
  return joined(
    bytesOf(preface),
    frame(settingsFrame, 0, 0, new Uint8Array(0)),
    frame(headersFrame, endHeaders | (body.length === 0 ? endStream : 0), 1, block),
    ...(body.length === 0 ? [] : [frame(dataFrame, endStream, 1, body)]),
  );
}
