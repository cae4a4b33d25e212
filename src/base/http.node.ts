/**
 * node:http. Imported under its own name it brings in Node's fetch and WebSocket as well, since an import reads every export:
 * 60 ms and 3 MiB that Skiff has no use for.
 */
export const { Agent, createServer, request, ServerResponse } = process.getBuiltinModule('node:http');
/** node:https, when it is first needed. */
export const createHttpsServer: typeof import('node:https').createServer = (...args: any[]) =>
  (process.getBuiltinModule('node:https').createServer as any)(...args);
export type Agent = import('node:http').Agent;
export type ServerResponse = import('node:http').ServerResponse;
