import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:tls';
import type { Logger } from '../../../src/base/log.ts';
import { startTestApi, type TestApi } from '../../helpers/api-server.ts';
import { connectionInputs, exchange } from '../lib/connection.ts';
import { note, throwFaults, unwatchFaults, watchFaults } from '../lib/faults.ts';
import type { Target } from '../lib/target.ts';

const nothing = () => undefined;
/** What the server itself did wrong it says in its log. */
const log: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: (message, fields) => note(fields?.error ?? message),
  with: () => log,
};
const endings: (() => Promise<void>)[] = [];
let starting: Promise<TestApi> | undefined;
const start = () => {
  watchFaults();
  return startTestApi({ after: (end: () => Promise<void>) => endings.push(end) } as never, { log });
};

/** What a connection of the administrator sends to a whole API server. The first byte says the version of HTTP. */
export const target: Target = {
  inputs: 30,
  ...connectionInputs,
  async check(input) {
    starting ??= start();
    const { port, certificates, send } = await starting;
    const { certificatePem: cert, privateKeyPem: key } = certificates.admin;
    const socket = connect({
      host: '127.0.0.1',
      port,
      cert,
      key,
      ca: certificates.clusterCa.certificatePem,
      ALPNProtocols: [input[0] === 2 ? 'h2' : 'http/1.1'],
    });
    socket.on('error', nothing);
    await once(socket, 'secureConnect');
    await exchange(socket, input.subarray(1));
    throwFaults();
    if (input.length % 16 === 0) assert.equal((await send('GET', '/readyz')).code, 200);
    throwFaults();
  },
  async close() {
    await starting;
    for (const end of endings.splice(0)) await end();
    unwatchFaults();
    starting = undefined;
  },
};
