import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StoreCorrupted } from './store.ts';

/**
 * Walks the pages of an LMDB file (format of lmdb 3.5, data version 2) without LMDB, which trusts its file and takes the
 * process down when a page lies outside of it or is not what it should be.
 */
const magic = 0xbeefc0de;
const dataVersion = 2;
const pageHeaderBytes = 24;
const nodeHeaderBytes = 8;
const noPage = 0xffff_ffff_ffff_ffffn;
const flag = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 };
const bigData = 0x01;
const depthMax = 32;

interface Tree {
  readonly root: number | undefined;
  readonly entries: number;
  readonly depth: number;
}
interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: bigint;
  readonly trees: readonly Tree[];
}

function readMeta(page: Buffer): Meta | undefined {
  const at = pageHeaderBytes;
  if (page.length < at + 152 || (page.readUInt16LE(18) & flag.meta) === 0 || page.readUInt32LE(at) !== magic) return undefined;
  const version = page.readUInt32LE(at + 4) & 0xffff;
  if (version !== dataVersion) throw new StoreCorrupted(`the file has LMDB format ${version}, this program reads ${dataVersion}`);
  const trees = [at + 24, at + 72].map((tree): Tree => {
    const root = page.readBigUInt64LE(tree + 40);
    return {
      depth: page.readUInt16LE(tree + 6),
      entries: Number(page.readBigUInt64LE(tree + 32)),
      root: root === noPage ? undefined : Number(root),
    };
  });
  return {
    pageSize: page.readUInt32LE(at + 24),
    trees,
    lastPage: Number(page.readBigUInt64LE(at + 120)),
    transaction: page.readBigUInt64LE(at + 128),
  };
}

/**
 * Throws StoreCorrupted unless every page that the file's newest state reaches is there and is well formed. Yields now and
 * then, to let others run.
 */
export function* checkLmdbFile(path: string): Generator<void> {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const read = (position: number, length: number): Buffer => {
      const bytes = Buffer.allocUnsafe(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, position));
    };
    const first = readMeta(read(0, 512));
    const pageSize = first?.pageSize ?? 4096;
    if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) throw new StoreCorrupted(`its page size is ${pageSize}`);
    const second = readMeta(read(pageSize, 512));
    const metas = [first, second].filter((meta) => meta !== undefined);
    if (metas.length === 0) throw new StoreCorrupted('neither of its two head pages is one of LMDB');
    const meta = metas.reduce((a, b) => (b.transaction > a.transaction ? b : a));
    const seen = new Uint8Array(Math.ceil((Math.min(meta.lastPage, Math.ceil(size / pageSize)) + 1) / 8));
    for (const tree of meta.trees) yield* checkTree(tree, { pageSize, size, lastPage: meta.lastPage, read, seen });
  } finally {
    closeSync(file);
  }
}

interface Pages {
  readonly pageSize: number;
  readonly size: number;
  readonly lastPage: number;
  readonly read: (position: number, length: number) => Buffer;
  /** One bit for each page that was reached. */
  readonly seen: Uint8Array;
}

function claim(pages: Pages, number: number, count: number): void {
  const { lastPage, size, pageSize, seen } = pages;
  if (count < 1 || number < 2 || number + count - 1 > lastPage)
    throw new StoreCorrupted(`it refers to page ${number}, where it has ${lastPage}`);
  if ((number + count) * pageSize > size) {
    throw new StoreCorrupted(`it is cut off: it needs ${(number + count) * pageSize} bytes at least, but has ${size}`);
  }
  for (let page = number; page < number + count; page++) {
    const bit = 1 << (page & 7);
    if ((seen[page >> 3]! & bit) !== 0) throw new StoreCorrupted(`page ${page} is in use twice`);
    seen[page >> 3]! |= bit;
  }
}

function* checkTree(tree: Tree, pages: Pages): Generator<void> {
  if (tree.root === undefined) return;
  if (tree.depth < 1 || tree.depth > depthMax) throw new StoreCorrupted(`a tree of it is ${tree.depth} levels deep`);
  let entries = 0;
  const stack = [{ number: tree.root, depth: 1 }];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    claim(pages, at.number, 1);
    const page = pages.read(at.number * pages.pageSize, pages.pageSize);
    const kind = page.readUInt16LE(18);
    const isLeaf = at.depth === tree.depth;
    if (Number(page.readBigUInt64LE(0)) !== at.number || (kind & 0x0f) !== (isLeaf ? flag.leaf : flag.branch)) {
      throw new StoreCorrupted(`page ${at.number} is not what the page above it says`);
    }
    const nodes = nodesOf(page, at.number);
    if (isLeaf) {
      entries += nodes.length;
      for (const node of nodes) checkLeaf(page, node, at.number, pages);
    } else {
      for (const node of nodes)
        stack.push({ number: page.readUInt32LE(node) + page.readUInt16LE(node + 4) * 2 ** 32, depth: at.depth + 1 });
    }
    yield;
  }
  if (entries !== tree.entries) throw new StoreCorrupted(`it says to have ${tree.entries} entries, but has ${entries}`);
}

/** Positions of the nodes of a page. Offsets in the page count from the end of its header. */
function nodesOf(page: Buffer, number: number): number[] {
  const lower = page.readUInt16LE(20);
  const upper = page.readUInt16LE(22);
  const count = lower >> 1;
  const wrong = () => new StoreCorrupted(`page ${number} is damaged`);
  if (count < 1 || lower > upper || pageHeaderBytes + upper > page.length) throw wrong();
  return Array.from({ length: count }, (_, index) => {
    const node = pageHeaderBytes + page.readUInt16LE(pageHeaderBytes + 2 * index);
    if (node < pageHeaderBytes + upper || node + nodeHeaderBytes > page.length) throw wrong();
    if (node + nodeHeaderBytes + page.readUInt16LE(node + 6) > page.length) throw wrong();
    return node;
  });
}

function checkLeaf(page: Buffer, node: number, number: number, pages: Pages): void {
  const bytes = page.readUInt32LE(node);
  const data = node + nodeHeaderBytes + page.readUInt16LE(node + 6);
  if ((page.readUInt16LE(node + 4) & bigData) === 0) {
    if (data + bytes > page.length) throw new StoreCorrupted(`page ${number} is damaged`);
    return;
  }
  if (data + 24 > page.length) throw new StoreCorrupted(`page ${number} is damaged`);
  const start = Number(page.readBigUInt64LE(data));
  const count = Number(page.readBigUInt64LE(data + 16));
  if (count !== Math.ceil((bytes + pageHeaderBytes) / pages.pageSize)) throw new StoreCorrupted(`page ${number} is damaged`);
  claim(pages, start, count);
  const head = pages.read(start * pages.pageSize, pageHeaderBytes);
  if (Number(head.readBigUInt64LE(0)) !== start || (head.readUInt16LE(18) & flag.overflow) === 0 || head.readUInt32LE(20) !== count) {
    throw new StoreCorrupted(`page ${start} is not what page ${number} says`);
  }
}
