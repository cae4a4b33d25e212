import { createHash } from 'node:crypto';
import { type AnyKind, isSubresourceBody } from '../api/kind.ts';
import {
  type DocumentInput,
  groupVersionDocument,
  type OpenApiDocument,
  plainDocument,
  plainPlaces,
  textOf,
  wholeDocument,
} from '../api/openapi/documents.ts';
import { bytesOf } from '../api/openapi/protobuf.ts';
import { rootOf, type ServedKind } from '../api/openapi/routes.ts';
import type { Describe } from '../api/openapi/schema-writer.ts';
import type { Clock } from '../base/clock.ts';
import { nextTurn } from '../base/turn.ts';
import type { Discovery } from './discovery.ts';
import type { OpenApiSource, ServedDocument } from './http/open-api.ts';
import { returnsDeleted } from './kind-rules.ts';
import type { KindIndex } from './types.ts';

export interface OpenApiOptions {
  readonly kinds: KindIndex;
  readonly discovery: Discovery;
  readonly clock: Clock;
  /** Loaded when the first document is asked for. */
  readonly descriptions: () => Promise<Describe>;
}

/** Bytes put together before others get their turn. */
const sliceBytes = 4 * 1024;
const hashedBytes = 512 * 1024;

/** What pieces make together. */
async function joined(pieces: Iterable<string | Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  // A turn follows the first piece: what is worked out before and after it takes longest.
  let since = sliceBytes;
  for (const piece of pieces) {
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece;
    chunks.push(chunk);
    since += chunk.byteLength;
    if (since < sliceBytes) continue;
    since = 0;
    await nextTurn();
  }
  return Buffer.concat(chunks);
}
async function hashOf(bytes: Buffer): Promise<string> {
  const hash = createHash('sha512');
  for (let at = 0; at < bytes.byteLength; at += hashedBytes) {
    hash.update(bytes.subarray(at, at + hashedBytes));
    await nextTurn();
  }
  return hash.digest('hex').toUpperCase();
}

/** A document's place among those that are kept. */
interface Slot {
  readonly kinds: readonly AnyKind[];
  /** Outlives the document: the index needs the tags of all, readers the text of a few. */
  etag?: string;
  document?: Promise<ServedDocument>;
}
const whole = 'v2';
const same = (a: readonly AnyKind[], b: readonly AnyKind[]) => a.length === b.length && a.every((kind, index) => kind === b[index]);

/** The OpenAPI documents of the served kinds: each is built when it is asked for, and again when its own kinds have changed. */
export class OpenApi implements OpenApiSource {
  readonly #options: OpenApiOptions;
  readonly #slots = new Map<string, Slot>();
  #places = new Map<string, readonly AnyKind[]>();
  #revision = -1;
  #named = new Map<string, AnyKind>();
  #describe: Promise<Describe> | undefined;

  constructor(options: OpenApiOptions) {
    this.#options = options;
  }
  async v2(): Promise<ServedDocument> {
    return (await this.#document(whole))!;
  }
  async v3(place: string): Promise<ServedDocument | undefined> {
    return place === whole ? undefined : await this.#document(place);
  }
  async tags(): Promise<ReadonlyMap<string, string>> {
    const tags = new Map<string, string>();
    for (const place of this.#served().keys()) {
      const slot = this.#slot(place);
      if (place === whole || slot === undefined) continue;
      slot.etag ??= (await (slot.document ?? this.#build(place, slot))).etag;
      tags.set(place, slot.etag);
    }
    return tags;
  }

  async #document(place: string): Promise<ServedDocument | undefined> {
    const slot = this.#slot(place);
    if (slot === undefined) return undefined;
    slot.document ??= this.#build(place, slot);
    try {
      return await slot.document;
    } catch (error) {
      delete slot.document;
      throw error;
    }
  }
  /** The kinds of each place; places of no group and version have none. */
  #served(): ReadonlyMap<string, readonly AnyKind[]> {
    const { kinds, discovery } = this.#options;
    if (this.#revision === kinds.revision) return this.#places;
    this.#revision = kinds.revision;
    const resources = kinds.all.filter((kind) => !isSubresourceBody(kind));
    const places: Map<string, readonly AnyKind[]> = Map.groupBy(resources, (kind) => rootOf(kind).slice(1));
    const builtIn = new Set(resources.filter(({ custom }) => custom === undefined).map(({ group }) => group));
    const groups = discovery.groups().filter((group) => group !== '' && builtIn.has(group));
    for (const place of [...plainPlaces, ...groups.map((group) => `apis/${group}`)]) places.set(place, []);
    places.set(whole, resources);
    for (const place of this.#slots.keys()) if (!places.has(place)) this.#slots.delete(place);
    this.#named = new Map(resources.map((kind) => [kind.openApiName, kind]));
    this.#places = places;
    return places;
  }
  #slot(place: string): Slot | undefined {
    const kinds = this.#served().get(place);
    if (kinds === undefined) return undefined;
    const known = this.#slots.get(place);
    if (known !== undefined && same(known.kinds, kinds)) return known;
    const slot: Slot = { kinds };
    this.#slots.set(place, slot);
    return slot;
  }
  async #build(place: string, slot: Slot): Promise<ServedDocument> {
    const input = await this.#input(slot.kinds);
    const document = () => documentAt(place, input);
    const json = await joined(textOf(document()));
    slot.etag = await hashOf(json);
    let message: Promise<Buffer> | undefined;
    const protobuf = () => {
      message ??= joined(bytesOf(document()));
      return message;
    };
    return { json, etag: slot.etag, builtMs: this.#options.clock.now(), protobuf };
  }
  async #input(kinds: readonly AnyKind[]): Promise<DocumentInput> {
    const index = this.#options.kinds;
    this.#describe ??= this.#options.descriptions();
    return {
      kinds: kinds.map((kind) => this.#of(kind)),
      kindNamed: (name) => this.#named.get(name),
      find: ({ group, version, kind }) => index.byKind(group, kind, version),
      describe: await this.#describe,
    };
  }
  #of(kind: AnyKind): ServedKind {
    // A namespace is answered with, but its document says otherwise.
    const givesDeleted = returnsDeleted(kind) && kind.kind !== 'Namespace';
    return { kind, givesDeleted, subresources: this.#options.discovery.subresources(kind) };
  }
}

function documentAt(place: string, input: DocumentInput): OpenApiDocument {
  if (place === whole) return wholeDocument(input);
  return input.kinds.length === 0 ? plainDocument(place, input)! : groupVersionDocument(input);
}
