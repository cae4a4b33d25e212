import { type AnyKind, defineKind } from '../../api/kind.ts';
import { any, int32, map, object, opt, ptr, shape, string } from '../../api/schema.ts';
import { fieldError } from '../../api/status.ts';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import type { Call, CallOptions, Reply } from '../../client/call.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { freezeStoredObjects } from '../cache/stored-object.ts';
import { createServer, type ServerOptions } from '../server.ts';
import type { Admission, Authorizer } from '../types.ts';

const spec = shape('test.WidgetSpec', { size: opt(int32(1)), color: opt(string(2)), limit: ptr(int32(3)), extra: opt(map(4, string(0))) });
const state = shape('test.WidgetStatus', { phase: opt(string(1)), detail: ptr(any(2)) });

/** A namespaced kind with status, generation, a default, a rule and a selectable field. */
export const Widget = defineKind({
  group: 'test.io',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  scope: 'Namespaced',
  subresources: ['status'],
  generation: true,
  openApiName: 'io.k8s.test.v1.Widget',
  fields: { spec: object(2, spec), status: object(3, state) },
  defaults(draft) {
    draft.spec.color ??= 'grey';
  },
  *validate(widget) {
    if ((widget.spec.size ?? 0) > 100) yield fieldError.invalid('spec.size', widget.spec.size, 'must be at most 100');
  },
  selectableFields: { 'spec.color': (widget) => widget.spec.color ?? '' },
});
/** Cluster-scoped, PUT creates. */
export const Gadget = defineKind({
  group: '',
  version: 'v1',
  kind: 'Gadget',
  plural: 'gadgets',
  scope: 'Cluster',
  createOnUpdate: true,
  openApiName: 'io.k8s.test.v1.Gadget',
  fields: { value: opt(string(2)) },
});

export interface TestServerOptions {
  readonly kinds?: readonly AnyKind[];
  readonly authorizer?: Authorizer;
  readonly admission?: Partial<Admission>;
  readonly more?: Partial<ServerOptions>;
}

/** A server over a memory store with a clock that stands still, and short ways to call it. */
export function createTestServer({ kinds = [Widget, Gadget], authorizer, admission, more }: TestServerOptions = {}) {
  freezeStoredObjects();
  const clock = new VirtualClock();
  const store = createMemoryStore({ clock });
  const server = createServer({
    store,
    kinds,
    clock,
    random: seededRandom(1),
    log: silentLogger,
    guards: () => ({
      authenticator: async () => ({ user: 'tester', groups: ['system:authenticated'] }),
      authorizer: authorizer ?? (() => ({ decision: 'allow', reason: '' })),
      admission: { mutate: () => undefined, validate: () => undefined, ...admission },
      tokens: undefined as never,
      rules: { rulesFor: () => ({ rules: [], errors: [] }) },
    }),
    subresources: [],
    nodeConnections: undefined as never,
    dialer: undefined as never,
    ...more,
  });
  const transport = server.transport({ user: 'tester', groups: ['system:authenticated'] });
  const send = (kind: AnyKind, call: Partial<Call> & Pick<Call, 'verb'>): Promise<Reply> =>
    transport({
      group: kind.group,
      version: kind.version,
      resource: kind.plural,
      namespace: kind.scope === 'Namespaced' ? 'default' : undefined,
      options: {},
      userAgent: 'test/1',
      ...call,
    });
  const one = async (kind: AnyKind, call: Partial<Call> & Pick<Call, 'verb'>): Promise<any> => {
    const reply = await send(kind, call);
    if (reply.type !== 'object') throw new TypeError(`got a ${reply.type}`);
    return reply.object;
  };
  const list = async (kind: AnyKind, options: CallOptions = {}, namespace: string | undefined = undefined): Promise<any> => {
    const reply = await send(kind, { verb: 'list', options, namespace });
    if (reply.type !== 'list') throw new TypeError(`got a ${reply.type}`);
    return reply.list;
  };
  const widget = (name: string, more: { labels?: object; spec?: object; metadata?: object; namespace?: string } = {}) =>
    one(Widget, {
      verb: 'create',
      namespace: more.namespace ?? 'default',
      body: { metadata: { name, labels: more.labels, ...more.metadata }, spec: more.spec ?? {} },
    });
  return { server, store, clock, transport, send, one, list, widget };
}
