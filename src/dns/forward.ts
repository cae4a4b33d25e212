import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { ResourceRecord } from './answer.ts';

/** Relays a question for a name that is not ours; undefined when no upstream answered. */
export interface Forward {
  (message: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array | undefined>;
  /** Addresses of an outside name, for the target of an ExternalName; none when it can't be resolved. */
  resolve(name: string, type: 'A' | 'AAAA'): Promise<readonly ResourceRecord[]>;
}

const tryMs = 2_000;
const largestMessageBytes = 65_535;

/** Nameservers of a resolv.conf that are not on a loopback of this machine's own cluster DNS. */
export function nameserversOf(resolvConf: string, own: string): readonly string[] {
  return [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .map((match) => match[1]!)
    .filter((address) => address !== own && !address.includes(':'));
}

/** Asks the servers in turn. */
export function createForward(servers: () => readonly string[], clock: Clock, random: Random): Forward {
  const forward = async (message: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array | undefined> => {
    for (const server of servers()) {
      const reply = await (transport === 'udp' ? askUdp(server, message, clock) : askTcp(server, message, clock));
      if (reply !== undefined) return reply;
    }
    return undefined;
  };
  return Object.assign(forward, {
    async resolve(name: string, type: 'A' | 'AAAA') {
      const question = encode({
        type: 'query',
        id: random.int(65536),
        flags: 0x100,
        questions: [{ name, type, class: 'IN' }],
      } as unknown as Packet);
      const reply = await forward(question, 'udp');
      if (reply === undefined) return [];
      return (answered(reply).answers ?? []).filter(
        (one) => one.type === type || one.type === 'CNAME',
      ) as unknown as readonly ResourceRecord[];
    },
  });
}

/** An empty packet for what is none. */
function answered(reply: Uint8Array): Packet {
  try {
    return decode(Buffer.from(reply));
  } catch {
    return {};
  }
}

function askUdp(server: string, message: Uint8Array, clock: Clock): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (reply: Uint8Array | undefined) => {
      timer.cancel();
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.close();
      resolve(reply);
    };
    const timer = clock.setTimer(tryMs, () => end(undefined));
    socket.on('error', () => end(undefined));
    socket.on('message', (reply, peer) => {
      if (peer.address === server && reply.length >= 2 && reply[0] === message[0] && reply[1] === message[1]) end(reply);
    });
    socket.send(message, 53, server, (error) => error && end(undefined));
  });
}

function askTcp(server: string, message: Uint8Array, clock: Clock): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = connect(53, server);
    let received: Buffer = Buffer.alloc(0);
    const end = (reply: Uint8Array | undefined) => {
      timer.cancel();
      socket.destroy();
      resolve(reply);
    };
    const timer = clock.setTimer(tryMs, () => end(undefined));
    socket.on('error', () => end(undefined));
    socket.on('close', () => end(undefined));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length > largestMessageBytes + 2) return end(undefined);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) end(received.subarray(2, 2 + received.readUInt16BE(0)));
    });
    const size = Buffer.alloc(2);
    size.writeUInt16BE(message.length);
    socket.write(Buffer.concat([size, message]));
  });
}
