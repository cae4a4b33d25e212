import { bool, bytes, choice, int, list, message, uint } from '../base/protobuf.ts';

/** What is said to etcd (etcdserverpb, version 3), by its published field numbers: https://etcd.io/docs/v3.6/learning/api/ */
const header = { clusterId: uint(1), memberId: uint(2), revision: int(3), raftTerm: uint(4) };
const keyValue = { key: bytes(1), createRevision: int(2), modRevision: int(3), version: int(4), value: bytes(5), lease: int(6) };

const rangeRequest = { key: bytes(1), rangeEnd: bytes(2), limit: int(3), revision: int(4), countOnly: bool(9) };
const rangeReply = { header: message(1, header), kvs: list(message(2, keyValue)), more: bool(3), count: int(4) };
const putRequest = { key: bytes(1), value: bytes(2) };
const deleteRequest = { key: bytes(1), rangeEnd: bytes(2) };
const operation = { range: message(1, rangeRequest), put: message(2, putRequest), deleteRange: message(3, deleteRequest) };
const compare = {
  result: choice(1, ['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL']),
  target: choice(2, ['VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE']),
  key: bytes(3),
  modRevision: int(6),
};
const outcome = { deleteRange: message(3, { deleted: int(2) }) };

const kv = '/etcdserverpb.KV/';
export const rangeCall = { path: `${kv}Range`, request: rangeRequest, reply: rangeReply } as const;
export const txnCall = {
  path: `${kv}Txn`,
  request: { compare: list(message(1, compare)), success: list(message(2, operation)), failure: list(message(3, operation)) },
  reply: { header: message(1, header), succeeded: bool(2), responses: list(message(3, outcome)) },
} as const;
export const compactCall = {
  path: `${kv}Compact`,
  request: { revision: int(1), physical: bool(2) },
  reply: { header: message(1, header) },
} as const;

const event = { type: choice(1, ['PUT', 'DELETE']), kv: message(2, keyValue), prevKv: message(3, keyValue) };
export const watchCall = {
  path: '/etcdserverpb.Watch/Watch',
  request: {
    create: message(1, { key: bytes(1), rangeEnd: bytes(2), startRevision: int(3), progressNotify: bool(4), prevKv: bool(6) }),
    progress: message(3, {}),
  },
  reply: {
    header: message(1, header),
    watchId: int(2),
    created: bool(3),
    canceled: bool(4),
    compactRevision: int(5),
    events: list(message(11, event)),
  },
} as const;
export const statusCall = {
  path: '/etcdserverpb.Maintenance/Status',
  request: {},
  reply: { header: message(1, header), dbSize: int(3) },
} as const;
