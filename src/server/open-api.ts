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
import { type BodyKind, rootOf, type ServedKind } from '../api/openapi/routes.ts';
import type { Describe, SharedSchemas } from '../api/openapi/schema-writer.ts';
import type { Clock } from '../base/clock.ts';
import { slicer } from '../base/turn.ts';
import type { APIService } from '../kinds/apiregistration/api-service.ts';
import type { Aggregator } from './aggregate/aggregator.ts';
import { converted, merged } from './aggregate/open-api-parts.ts';
import type { Section } from './aggregate/remote-open-api.ts';
import type { Discovery } from './discovery.ts';
import type { OpenApiSource, ServedDocument } from './http/open-api.ts';
import { returnsDeleted } from './kind-rules.ts';
import type { KindIndex } from './types.ts';

export interface OpenApiOptions {
  readonly kinds: KindIndex;
  readonly discovery: Discovery;
  readonly aggregator?: Aggregator | undefined;
  readonly clock: Clock;
  /** Loaded when the first document is asked for. */
  readonly descriptions: () => Promise<Describe>;
}

const hashedBytes = 512 * 1024;
type Slice = ReturnType<typeof slicer>;

/** Text is put together up to here before it becomes bytes. */
const textMax = 32 * 1024;
/** What pieces make together. */
async function joined(pieces: Iterable<string | Uint8Array>, slice: Slice): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let text = '';
  const flush = () => {
    if (text !== '') chunks.push(Buffer.from(text));
    text = '';
  };
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    if (typeof piece !== 'string' || text.length > textMax) flush();
    if (typeof piece !== 'string') chunks.push(piece);
    const wait = slice();
    if (wait !== undefined) await wait;
  }
  flush();
  return Buffer.concat(chunks);
}
async function hashOf(bytes: Buffer, slice: Slice): Promise<string> {
  const hash = createHash('sha512');
  for (let at = 0; at < bytes.byteLength; at += hashedBytes) {
    hash.update(bytes.subarray(at, at + hashedBytes));
    await slice();
  }
  return hash.digest('hex').toUpperCase();
}
/** What documents have in common that are made in one run. */
interface Run {
  readonly slice: Slice;
  readonly shared: SharedSchemas;
}

/** A document's place among those that are kept. */
interface Slot {
  readonly kinds: readonly AnyKind[];
  /** What other servers have in it. */
  readonly sections: readonly Section[];
  document?: Promise<ServedDocument>;
}
const whole = 'v2';
const same = (a: readonly unknown[], b: readonly unknown[]) => a.length === b.length && a.every((kind, index) => kind === b[index]);

/** The OpenAPI documents of the served kinds: each is built when it is asked for, and again when its own kinds have changed. */
export class OpenApi implements OpenApiSource {
  readonly #options: OpenApiOptions;
  readonly #slots = new Map<string, Slot>();
  #places = new Map<string, readonly AnyKind[]>();
  #revision = -1;
  #named = new Map<string, AnyKind>();
  #byId = new Map<string, AnyKind>();
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
  foreign(): ReadonlyMap<string, string> {
    const urls = new Map<string, string>();
    for (const { service, openApi } of this.#options.aggregator?.remotes ?? []) {
      const place = placeOf(service);
      const url = openApi?.places.get(place);
      if (url !== undefined) urls.set(place, url);
    }
    return urls;
  }
  async tags(): Promise<ReadonlyMap<string, string>> {
    const tags = new Map<string, string>();
    const run = this.#run();
    const foreign = this.foreign();
    for (const place of [...this.#served().keys(), ...this.#converted().keys()]) {
      if (foreign.has(place)) continue;
      const slot = this.#slot(place);
      if (place === whole || slot === undefined) continue;
      tags.set(place, (await this.#built(place, slot, run)).etag);
    }
    return tags;
  }

  async #document(place: string): Promise<ServedDocument | undefined> {
    const slot = this.#slot(place);
    return slot === undefined ? undefined : await this.#built(place, slot, this.#run());
  }
  #run(): Run {
    return { slice: slicer(this.#options.clock), shared: new Map() };
  }
  async #built(place: string, slot: Slot, run: Run): Promise<ServedDocument> {
    slot.document ??= this.#build(place, slot, run);
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
    this.#byId = new Map(kinds.all.map((kind) => [idOf(kind), kind]));
    this.#named = new Map(resources.map((kind) => [kind.openApiName, kind]));
    this.#places = places;
    return places;
  }
  /** Places of servers that speak OpenAPI 2 only. */
  #converted(): ReadonlyMap<string, Section> {
    const sections = new Map<string, Section>();
    for (const { service, openApi } of this.#options.aggregator?.remotes ?? [])
      if (openApi?.v2 !== undefined && openApi.places.size === 0) sections.set(placeOf(service), openApi.v2);
    return sections;
  }
  #sections(place: string): readonly Section[] {
    if (place !== whole) return [this.#converted().get(place) ?? []].flat();
    return [...(this.#options.aggregator?.remotes ?? [])].flatMap(({ openApi }) => openApi?.v2 ?? []);
  }
  #slot(place: string): Slot | undefined {
    const served = this.#served().get(place);
    const sections = this.#sections(place);
    if (served === undefined && sections.length === 0) return undefined;
    const kinds = served ?? [];
    const known = this.#slots.get(place);
    if (known !== undefined && same(known.kinds, kinds) && same(known.sections, sections)) return known;
    const slot: Slot = { kinds, sections };
    this.#slots.set(place, slot);
    return slot;
  }
  async #build(place: string, slot: Slot, { slice, shared }: Run): Promise<ServedDocument> {
    const { clock } = this.#options;
    const input = await this.#input(slot.kinds);
    const json = await joined(textOf(documentAt(place, { ...input, shared }, slot.sections)), slice);
    const etag = await hashOf(json, slice);
    let message: Promise<Buffer> | undefined;
    const protobuf = () => {
      message ??= joined(bytesOf(documentAt(place, input, slot.sections)), slicer(clock));
      return message;
    };
    return { json, etag, builtMs: clock.now(), protobuf };
  }
  async #input(kinds: readonly AnyKind[]): Promise<DocumentInput> {
    // A document is made in many turns, and kinds may come and go meanwhile: it is of those that are served now.
    const named = this.#named;
    const byId = this.#byId;
    this.#describe ??= this.#options.descriptions();
    return {
      kinds: kinds.map((kind) => this.#of(kind)),
      kindNamed: (name) => named.get(name),
      find: (body) => byId.get(idOf(body)),
      describe: await this.#describe,
    };
  }
  #of(kind: AnyKind): ServedKind {
    // A namespace is answered with, but its document says otherwise.
    const givesDeleted = returnsDeleted(kind) && kind.kind !== 'Namespace';
    return { kind, givesDeleted, subresources: this.#options.discovery.subresources(kind) };
  }
}

const idOf = ({ group, version, kind }: BodyKind): string => `${group}/${version}/${kind}`;
const placeOf = ({ spec }: APIService): string => `apis/${spec.group ?? ''}/${spec.version ?? ''}`;

function documentAt(place: string, input: DocumentInput, sections: readonly Section[]): OpenApiDocument {
  if (place === whole) return merged(wholeDocument(input), sections);
  if (sections.length > 0) return converted(sections[0]!);
  return input.kinds.length === 0 ? plainDocument(place, input)! : groupVersionDocument(input);
}
