import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { decode, encode, streamEncode, type Packet } from 'dns-packet';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { answer, type ResourceRecord } from './answer.ts';
import type { Forward } from './forward.ts';
import type { Zone } from './zone.ts';

export interface DnsServerOptions {
  readonly address: string;
  readonly port: number;
  readonly zone: Zone;
  readonly forward: Forward;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** How long resolvers may keep an answer, in seconds; CoreDNS' default for cluster names. */
const ttlSeconds = 5;
const plainUdpBytes = 512;
const largestUdpBytes = 1232;
const mostTcpConnections = 256;
const tcpIdleMs = 10_000;
const mostForwardsAtOnce = 512;
/** Of one connection. */
const mostQuestionsAtOnce = 64;
const mostLinks = 8;

type Header = Packet & { readonly id?: number; readonly flags?: number };
const recursionDesired = 0x100;
const flagBits = { response: 0x8000, authoritative: 0x400, truncated: 0x200, recursionAvailable: 0x80 };
const codes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** Answers DNS over UDP and TCP until the signal aborts. */
export async function serveDns(options: DnsServerOptions, onListening: () => void, signal: AbortSignal): Promise<void> {
  const { address, port, log } = options;
  const udp = createSocket({ type: 'udp4', reuseAddr: true });
  const tcp = createServer((socket) => serveConnection(socket, options));
  tcp.maxConnections = mostTcpConnections;
  let waiting = 0;
  udp.on('message', (message, peer) => {
    if (waiting >= mostForwardsAtOnce) return;
    waiting++;
    respond(message, options, 'udp')
      .then((reply) => reply && send(udp, reply, peer))
      .catch((error: unknown) => log.debug('a DNS question could not be answered', { error }))
      .finally(() => waiting--);
  });
  try {
    udp.bind(port, address);
    await once(udp, 'listening', { signal });
    tcp.listen(port, address);
    await once(tcp, 'listening', { signal });
    onListening();
    await Promise.race([
      once(signal, 'abort'),
      once(udp, 'error').then(([error]) => Promise.reject(error)),
      once(tcp, 'error').then(([error]) => Promise.reject(error)),
    ]);
  } finally {
    udp.on('error', () => undefined).close();
    tcp.close();
  }
}

function send(udp: UdpSocket, reply: Buffer, peer: RemoteInfo): void {
  udp.send(reply, peer.port, peer.address, () => undefined);
}

function serveConnection(socket: Socket, options: DnsServerOptions): void {
  let pending: Buffer = Buffer.alloc(0);
  let waiting = 0;
  // A client that asks faster than it is answered, or takes no answers, is not listened to meanwhile.
  const settle = () => {
    if (waiting >= mostQuestionsAtOnce || socket.writableNeedDrain) socket.pause();
    else if (socket.isPaused()) socket.resume();
  };
  const reply = async (message: Buffer) => {
    try {
      const answered = await respond(message, options, 'tcp');
      if (answered === undefined) socket.destroy();
      else socket.write(answered);
    } catch {
      socket.destroy();
    }
    waiting--;
    settle();
  };
  socket.setTimeout(tcpIdleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('drain', settle);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const size = pending.readUInt16BE(0);
      const message = pending.subarray(2, 2 + size);
      pending = pending.subarray(2 + size);
      waiting++;
      void reply(message);
    }
    settle();
  });
}

/** The bytes to answer with; undefined for what is no question at all. */
export async function respond(message: Uint8Array, options: DnsServerOptions, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> {
  let query: Header;
  try {
    query = decode(Buffer.from(message.buffer, message.byteOffset, message.byteLength)) as Header;
  } catch {
    return undefined;
  }
  const question = query.questions?.[0];
  if (query.type !== 'query' || question === undefined) return undefined;
  const found = answer({ name: question.name, type: question.type }, options.zone);
  if (found.type === 'forward') {
    const relayed = await options.forward(message, transport);
    return relayed === undefined ? pack(query, 'SERVFAIL', [], [], 0, transport) : frame(relayed, transport);
  }
  const answers = question.type === 'A' || question.type === 'AAAA' ? await followed(found.answers, question.type, options) : found.answers;
  const addresses = answers.filter((one) => one.type === 'A' || one.type === 'AAAA').length;
  const turn = addresses === answers.length && addresses > 1 ? options.random.int(addresses) : 0;
  return pack(
    query,
    found.code,
    [...answers.slice(turn), ...answers.slice(0, turn)],
    found.additionals,
    flagBits.authoritative,
    transport,
    options.zone.domain,
  );
}

/** Answers with what an ExternalName leads to: names of ours, then the world's. Ends after as many links as CoreDNS follows. */
async function followed(
  first: readonly ResourceRecord[],
  type: 'A' | 'AAAA',
  { zone, forward }: DnsServerOptions,
): Promise<readonly ResourceRecord[]> {
  const answers = [...first];
  for (let links = 0; links < mostLinks; links++) {
    const last = answers.at(-1);
    if (last?.type !== 'CNAME') break;
    const next = answer({ name: last.data, type }, zone);
    if (next.type === 'forward') return [...answers, ...(await forward.resolve(last.data, type))];
    if (next.answers.length === 0) break;
    answers.push(...next.answers);
  }
  return answers;
}

const frame = (bytes: Uint8Array, transport: 'udp' | 'tcp'): Buffer => {
  if (transport === 'udp') return Buffer.from(bytes);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(bytes.length);
  return Buffer.concat([size, bytes]);
};

/** What dns-packet reads as another character does not come back as the bytes that it was. */
const isAscii = (name: string): boolean => /^[\x00-\x7f]*$/.test(name);

function pack(
  query: Header,
  code: keyof typeof codes,
  answers: readonly ResourceRecord[],
  additionals: readonly ResourceRecord[],
  flags: number,
  transport: 'udp' | 'tcp',
  domain?: string,
): Buffer {
  const edns = query.additionals?.find((one) => one.type === 'OPT') as { udpPayloadSize?: number } | undefined;
  const packet = {
    type: 'response',
    id: query.id,
    flags: flagBits.recursionAvailable | flags | ((query.flags ?? 0) & recursionDesired) | codes[code],
    questions: (query.questions ?? []).filter(({ name }) => isAscii(name)),
    answers: answers.map((record) => withTtl(record, domain ?? '')),
    authorities: answers.length === 0 && domain !== undefined ? [withTtl({ type: 'SOA', name: domain }, domain)] : [],
    additionals: [
      ...additionals.map((record) => withTtl(record, domain ?? '')),
      ...(edns === undefined ? [] : [{ type: 'OPT', name: '.', udpPayloadSize: largestUdpBytes, flags: 0, options: [] }]),
    ],
  };
  if (transport === 'tcp') return streamEncode(packet as unknown as Packet);
  const bytes = encode(packet as unknown as Packet);
  const limit =
    edns === undefined ? plainUdpBytes : Math.min(Math.max(edns.udpPayloadSize ?? plainUdpBytes, plainUdpBytes), largestUdpBytes);
  if (bytes.length <= limit) return bytes;
  return encode({
    ...packet,
    flags: packet.flags | flagBits.truncated,
    answers: [],
    authorities: [],
    additionals: [],
  } as unknown as Packet);
}

function withTtl(record: ResourceRecord, domain: string): object {
  if (record.type !== 'SOA') return { ...record, ttl: ttlSeconds, class: 'IN' };
  const data = {
    mname: `ns.dns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: ttlSeconds,
  };
  return { type: 'SOA', name: record.name, ttl: ttlSeconds, class: 'IN', data };
}
