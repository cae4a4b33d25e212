import assert from 'node:assert/strict';
import { StatusError } from '../../../src/api/status.ts';
import { accepted, bodyFormat, checkOffered, patchFormat } from '../../../src/server/negotiate.ts';
import { readTraceContext, traceHeaders } from '../../../src/server/tracing/trace-context.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

/** Headers that have a language of their own, each on its line: Accept, Content-Type, traceparent, tracestate. */
export const target: Target = {
  samples: () => [
    `application/json;as=Table;g=meta.k8s.io;v=v1,application/vnd.kubernetes.protobuf;q=0.5,*/*\napplication/json; charset=utf-8\n${trace}\na=b,c@d=e`,
    `application/json;stream=watch\napplication/apply-patch+yaml\n${trace}-more\n`,
    'text/html, application/yaml;q=0.9\napplication/strategic-merge-patch+json\n\n',
  ],
  words: ['application/', 'json', '*/*', ';q=', ';as=', ';g=', ';v=', ',', '"', '=', '00-', 'ff-', '-01', '\n', ' ', '@'],
  // A header is bounded before it is read.
  large: false,
  check(input) {
    const [accept = '', contentType = '', traceparent = '', tracestate = ''] = textOf(input).split('\n');
    for (const endpoint of ['resource', 'custom', 'unlisted'] as const) {
      allow(() => accepted({ accept }, {}, endpoint), StatusError);
      allow(() => patchFormat(contentType, endpoint), StatusError);
    }
    allow(() => checkOffered(accept, ['application/json', 'application/yaml']), StatusError);
    allow(() => bodyFormat(contentType), StatusError);
    const context = readTraceContext({ traceparent, tracestate });
    // What is taken is handed on as something that is taken.
    if (context !== undefined) assert.deepEqual(readTraceContext(traceHeaders(context)), context);
  },
};
