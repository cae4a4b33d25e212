/**
 * `node test/fuzz/server.ts HOME PORT [--seconds N] [--seed S] [--connections N]`: fuzzes a server that runs, whose state is in the folder HOME, as its
 * administrator over TLS, and says how its memory went. What the server did wrong stands in its own log.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { parseArgs } from 'node:util';
import { connectionInputs, exchange } from './lib/connection.ts';
import { fuzz } from './lib/fuzz.ts';
import type { Target } from './lib/target.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    connections: { type: 'string', default: '8' },
  },
});
const [home = '', port = ''] = positionals;
const seconds = Number(values.seconds);
const file = (name: string) => readFileSync(join(home, name), 'utf8');
const [cert, key, ca] = [file('pki/admin.crt'), file('pki/admin.key'), file('pki/ca.crt')];
const pid = Number.parseInt(file('skiff.pid'), 10);
const residentMib = () => Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024);
const open = async (ALPNProtocols: string[]) => {
  const socket = connect({ host: '127.0.0.1', port: Number(port), cert, key, ca, ALPNProtocols });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
};

const startMs = performance.now();
const resident: number[] = [];
const target: Target = {
  ...connectionInputs,
  async check(input) {
    await exchange(await open([input[0] === 2 ? 'h2' : 'http/1.1']), input.subarray(1));
  },
};
const goesOn = () => {
  const part = (performance.now() - startMs) / 1000 / seconds;
  if (part * 8 >= resident.length) resident.push(residentMib());
  return part < 1;
};
const lanes = Array.from({ length: Number(values.connections) }, (_, lane) => fuzz(target, { seed: Number(values.seed) + lane, goesOn }));
const inputs = (await Promise.all(lanes)).reduce((sum, one) => sum + one, 0);
console.log(`${inputs} inputs, resident ${[...resident, residentMib()].join(' ')} MiB`);
