import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { decodeMessage, encodeMessage } from '../../base/protobuf.ts';
import { seededRandom } from '../../base/random.ts';
import { readTracing } from './configuration.ts';
import { exportCall, requestOf } from './otlp.ts';
import { along, headersOfTrace, LiveSpan, type Span, traced, Tracer } from './span.ts';
import { readTraceContext, traceHeaders } from './trace-context.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

test('what a request carries is read as the W3C says, and written again', () => {
  const read = (traceparent: string, tracestate?: string) => readTraceContext({ traceparent, tracestate });
  const context = { traceId: trace, spanId: parent, isSampled: true, state: 'a=1,b@c=2' };
  assert.deepEqual(read(`00-${trace}-${parent}-01`, 'a=1, b@c=2'), context);
  assert.deepEqual(traceHeaders(context), { traceparent: `00-${trace}-${parent}-01`, tracestate: 'a=1,b@c=2' });
  assert.equal(read(`00-${trace}-${parent}-00`)?.isSampled, false);
  assert.equal(read(`00-${trace}-${parent}-01`, 'a=1,,=')?.state, '');
  assert.equal(read(`cc-${trace}-${parent}-09-more`)?.isSampled, true);
  for (const bad of [
    '',
    'x',
    `ff-${trace}-${parent}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace}-${parent}-01-more`,
    `00-${trace}-${parent}-0x`,
    `00-${trace}-${parent}-08`,
  ])
    assert.equal(read(bad), undefined, bad);
  assert.equal(readTraceContext({ traceparent: [`00-${trace}-${parent}-01`] }), undefined);
});

function tracerOf(samplingRatePerMillion: number) {
  const spans: Span[] = [];
  const clock = new VirtualClock();
  const tracer = new Tracer({ clock, random: seededRandom(1), samplingRatePerMillion, take: (span) => void spans.push(span) });
  return { spans, clock, tracer };
}

test('of traces that begin here a share is kept; a parent decides for its children', () => {
  const kept = (rate: number) => {
    const { spans, tracer } = tracerOf(rate);
    for (let count = 0; count < 1000; count++) tracer.start('x', {}).end();
    return spans.length;
  };
  assert.equal(kept(0), 0);
  assert.equal(kept(1_000_000), 1000);
  assert.ok(Math.abs(kept(250_000) - 250) < 60);
  const { spans, tracer } = tracerOf(0);
  tracer.start('x', { parent: { traceId: trace, spanId: parent, isSampled: true, state: 's=1' } }).end();
  assert.deepEqual([spans[0]!.traceId, spans[0]!.parentId, spans[0]!.state], [trace, parent, 's=1']);
});

test('work is a span within the span that it is done for, and so is what it calls', async () => {
  const { spans, tracer, clock } = tracerOf(1_000_000);
  const root = tracer.start('root', {});
  const work = along({ span: root, auditId: 'a' }, async () => {
    await traced(
      'one',
      (auditId) => ({ auditId }),
      async (span) => {
        assert.equal(headersOfTrace().traceparent, `00-${span!.context.traceId}-${span!.context.spanId}-01`);
        span!.event('half');
        await clock.sleep(5);
      },
    );
    await assert.rejects(
      traced(
        'two',
        () => ({}),
        () => Promise.reject(new Error('no')),
      ),
      /no/,
    );
  });
  await clock.advance(5);
  await work;
  root.end();
  root.end();
  assert.deepEqual(
    spans.map(({ name, parentId, error }) => [name, parentId, error]),
    [
      ['one', root.context.spanId, undefined],
      ['two', root.context.spanId, 'no'],
      ['root', undefined, undefined],
    ],
  );
  const [one] = spans;
  assert.equal(one!.endMs - one!.startMs, 5);
  assert.deepEqual(one!.attributes, { auditId: 'a' });
});

test('without a tracer nothing is made, and a trace that came along goes on', async () => {
  assert.deepEqual(headersOfTrace(), {});
  assert.equal(await traced('x', assert.fail, async (span) => span), undefined);
  const context = { traceId: trace, spanId: parent, isSampled: false, state: '' };
  await along({ span: new LiveSpan(context), auditId: '', baggage: 'k=v' }, () =>
    traced('x', assert.fail, async () => assert.deepEqual(headersOfTrace(), { traceparent: `00-${trace}-${parent}-00`, baggage: 'k=v' })),
  );
});

test('spans in the form of OTLP', () => {
  const span: Span = {
    traceId: trace,
    spanId: parent,
    isSampled: true,
    state: '',
    name: 'GET /api/v1/pods',
    kind: 'server',
    parentId: undefined,
    link: { traceId: trace, spanId: parent, isSampled: true, state: 'a=b' },
    scope: 'lib',
    startMs: 1_700_000_000_000,
    endMs: 1_700_000_000_250,
    attributes: { text: '', count: 0, flag: false },
    events: [{ name: 'e', atMs: 1_700_000_000_100, attributes: { len: 3 } }],
    error: 'bad',
  };
  const bytes = encodeMessage(exportCall.request, requestOf([span], { 'service.name': 'apiserver' }));
  const { resourceSpans } = decodeMessage(exportCall.request, bytes);
  const value = (kind: 'stringValue' | 'intValue' | 'boolValue', of: unknown) => ({
    stringValue: undefined,
    intValue: undefined,
    boolValue: undefined,
    [kind]: of,
  });
  const hex = (digits: string) => new Uint8Array(Buffer.from(digits, 'hex'));
  const plain = JSON.parse(JSON.stringify(resourceSpans), (_, given) => given) as any;
  assert.deepEqual(plain[0].resource, { attributes: [{ key: 'service.name', value: { stringValue: 'apiserver' } }] });
  const [{ scope, spans }] = resourceSpans[0]!.scopeSpans as any;
  assert.deepEqual(scope, { name: 'lib' });
  const [got] = spans;
  assert.deepEqual(new Uint8Array(got.traceId), hex(trace));
  assert.deepEqual(new Uint8Array(got.spanId), hex(parent));
  assert.equal(got.parentSpanId.length, 0);
  assert.equal(got.startTimeUnixNano, 1_700_000_000_000e6);
  assert.equal(got.endTimeUnixNano, 1_700_000_000_250e6);
  assert.deepEqual(got.attributes, [
    { key: 'text', value: value('stringValue', '') },
    { key: 'count', value: value('intValue', 0) },
    { key: 'flag', value: value('boolValue', false) },
  ]);
  assert.deepEqual(
    [got.kind, got.status, got.links[0].traceState, got.events[0].name],
    ['server', { code: 'error', message: 'bad' }, 'a=b', 'e'],
  );
});

test('configurations in upstream’s words', () => {
  const of = (more: string, version = 'v1') =>
    readTracing(`kind: TracingConfiguration\napiVersion: apiserver.config.k8s.io/${version}\n${more}`);
  assert.deepEqual(of('samplingRatePerMillion: 100\nendpoint: dns://collector:4317', 'v1beta1'), {
    samplingRatePerMillion: 100,
    endpoint: 'dns://collector:4317',
  });
  of('endpoint: unix:///run/collector.sock');
  of('endpoint: localhost:4317');
  const invalid = (field: string, value: string, why: string) => ({
    message: `failed to validate tracing configuration: ${field}: Invalid value: ${value}: ${why}`,
  });
  assert.throws(() => of('samplingRatePerMillion: -1'), invalid('samplingRatePerMillion', '-1', 'sampling rate must be positive'));
  assert.throws(() => of('samplingRatePerMillion: 1000001'), /must be less than or equal to one million/);
  assert.throws(
    () => of('endpoint: http://localhost:4317'),
    /endpoint: Invalid value: "http:\/\/localhost:4317": unsupported scheme: http\. {2}Options/,
  );
  assert.throws(
    () => of('other: 1'),
    /^Error: failed to read tracing config: unable to decode tracing configuration data: .*unknown field "other"/,
  );
});
