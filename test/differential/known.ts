import type { Difference } from './compare.ts';
import type { Step } from './scenario.ts';

/** A difference that is meant to be, or that no client can rely on. */
export interface Known {
  readonly name: string;
  /** Why it is no fault of Skiff's; with the decision, where there is one. */
  readonly reason: string;
  /** It makes another answer of the whole: what else differs in it follows. */
  readonly isWhole?: boolean;
  readonly matches: (difference: Difference, step: Step) => boolean;
}

const textOf = (body: unknown): string => JSON.stringify(body) ?? '';

export const known: readonly Known[] = [
  {
    name: 'descriptions of columns',
    reason: "sentences of Kubernetes' documentation are not copied: columns are described in words of our own, or not at all",
    matches: ({ what, where }) => what === 'body' && /(^|\.)columnDefinitions\[\]\.description$/.test(where),
  },
  {
    name: 'repeated causes',
    reason: 'upstream validates updates several times over and repeats what it found in details.causes; the message tells it once, as here',
    matches: ({ what }) => what === 'repeated causes',
  },
  {
    name: 'empty lists',
    reason:
      "a list that is always there is kept empty, whether a client said so or nothing: protobuf, upstream's own form, can't tell them apart either; messages and managedFields of that one request can",
    matches({ what, upstream, skiff }) {
      const [theirs, ours] = [upstream, skiff].map((text) => text.replaceAll('[]', 'null')) as [string, string];
      // What differs is shown line by line: a line of nothing may be one that differs.
      const somethings = (text: string) => text.replaceAll(/^(?:@@.*|.*: (?:null|\{\}),?)$/gm, '').replaceAll(/\n+/g, '\n');
      if (what === 'cause' && upstream.includes('\n@@ ')) return somethings(theirs) === somethings(ours);
      return theirs === ours || (what === 'cause' && theirs.replaceAll('{}', 'null') === ours.replaceAll('{}', 'null'));
    },
  },
  {
    name: 'empty maps and lists in validation',
    reason:
      'of what may be left out an empty list or map is dropped, as upstream stores it; its validation of that one request still tells it from none, and counts it as a change',
    matches: ({ what, where, upstream, skiff }, { body, method, path }) => {
      const text = textOf(body);
      const isSaid = /":(?:\[\]|\{\})/.test(text);
      const told =
        /(?:must specify at least one Policy|Pod Overhead set without corresponding RuntimeClass defined Overhead|claims may not be set for Resources at pod-level|cannot be set for an Ephemeral Container|only one of `sharedCounters` or `devices` is allowed|spec\.metadata\.\w+: Forbidden: cannot be set)$/;
      if (isSaid && told.test(upstream) && (skiff === '' || /^20[01] /.test(skiff))) return true;
      const number = (shown: string) => Number(/\d+/.exec(shown)?.[0]);
      // Only these kinds' strategies compare with reflect.DeepEqual, which tells nothing from empty.
      const isStrict =
        ['PUT', 'PATCH'].includes(method) && /\/(?:networkpolicies|(?:mutating|validating)webhookconfigurations)\//.test(path);
      // Empty bytes are stored where they may be left out, and nobody sees them.
      const isEmptied = path.includes('/certificatesigningrequests/') && /"certificate\\?":\s*\\?""/.test(text);
      if (what === 'body' && where === 'metadata.resourceVersion' && isEmptied) return number(upstream) === number(skiff) + 1;
      if (what === 'body' && /^metadata\.(?:resourceVersion|generation)$/.test(where))
        return isStrict && (isSaid || text.includes(':null')) && number(upstream) === number(skiff) + 1;
      if (/(?:data|stringData|binaryData)\\?":\{\}/.test(text) || /data: \{\}/.test(text))
        return /data(?::|$)/.test(what === 'status' ? upstream : where) && upstream.endsWith('field is immutable when `immutable` is set');
      // The zero of times is one that is set, until it is stored.
      const isNothing = /:\s*(?:\[\]|\{\})|0001-01-01T00:00:00Z/.test(text);
      if (what === 'status')
        return isNothing && / is invalid: spec\.metadata\.\w+: Forbidden: cannot be set$/.test(upstream) && /^20/.test(skiff);
      return (
        what === 'cause' &&
        /^spec\.metadata\./.test(where) &&
        upstream === 'FieldValueForbidden: Forbidden: cannot be set' &&
        skiff === '' &&
        isNothing
      );
    },
  },
  {
    name: 'several faults of a strategic patch',
    reason: "of several directives that make no sense upstream tells the one that it meets first in Go's maps",
    matches: ({ what, upstream, skiff }, { body }) => {
      const fault =
        /unknown patch type|invalid patch format|does not contain declared merge key|doesn't match \$setElementOrder|expected a \S+, but received|list element types are not identical|lists of lists|merging lists cannot/;
      // What is deleted from a list and the list itself are merged in any order.
      const [, list = ''] = /"\$deleteFromPrimitiveList\/(\w+)"/.exec(textOf(body)) ?? [];
      const isTwice =
        list !== '' &&
        textOf(body).includes(`"${list}":`) &&
        /list element types are not identical|expected slice or array type/.test(upstream + skiff);
      if (isTwice && ['status', 'body'].includes(what)) return true;
      return (
        (textOf(body).match(/\\?"\$/g) ?? []).length > 0 &&
        ['status', 'body'].includes(what) &&
        [upstream, skiff].every((text) => fault.test(text))
      );
    },
  },
  {
    name: 'numbers beyond 2^53',
    reason: 'whole numbers that JavaScript does not hold exactly are refused as too large for their field, instead of being changed',
    isWhole: true,
    matches: ({ what, where, skiff }, { body }) =>
      /cannot unmarshal number -?\d{16,19} into Go struct field \S+ of type int64$/.test(skiff) ||
      // Of a value rather than a text Go tells no number.
      ((what === 'status' || (what === 'cause' && where === 'patch')) &&
        /unrecognized type: int64$/.test(skiff) &&
        /\d{16,}|\d[eE]\+?\d{2}/.test(textOf(body))),
  },
  {
    name: 'whole numbers of 53 bits',
    reason: 'numbers in fields of type int64 are exact up to 2^53; larger ones are refused instead of changed (decision 0155)',
    matches({ what, skiff }) {
      const [, number] = /cannot unmarshal number (-?\d+) into Go struct field \S+ of type int64$/.exec(skiff) ?? [];
      return (
        what === 'status' &&
        number !== undefined &&
        !Number.isSafeInteger(Number(number)) &&
        BigInt.asIntN(64, BigInt(number)) === BigInt(number)
      );
    },
  },
  {
    name: 'nothing in lists that are owned whole',
    reason:
      "of what may be left out an empty map or list is dropped; upstream's comparison of items of a list that has one owner tells it from none, in that one request, which then owns the list",
    matches: ({ what, where, upstream, skiff }, { body, path }) =>
      what === 'body' &&
      /:(?:\{\}|\[\])/.test(textOf(body)) &&
      ((/^metadata\.managedFields\[\]\.fieldsV1\.f:(?:endpoints|rules)$/.test(where) && [upstream, skiff].sort().join() === 'absent,{}') ||
        (/^metadata\.(?:resourceVersion|managedFields\.length)$/.test(where) && /\/(?:endpointslices|(?:cluster)?roles)\//.test(path))),
  },
  {
    name: 'applied before it is pruned',
    reason:
      'what applying sets in a custom object is stored and compared by upstream as it was applied, and pruned when it is read: it is a change, and so is the next write',
    matches({ what, where, upstream, skiff }, { path, method }) {
      const number = (shown: string) => Number(/\d+/.exec(shown)?.[0]);
      const isWrite = method === 'PATCH' && /^\/apis\/[^/]+\.example\.com\//.test(path);
      return isWrite && what === 'body' && /^metadata\.(?:resourceVersion|generation)$/.test(where) && number(upstream) > number(skiff);
    },
  },
  {
    name: 'moments of managers',
    reason:
      'entries of managers stand in the order of their times, to the second: what is written soon after may fall into the same second, or another, than on the other side',
    matches({ what, where, upstream, skiff }) {
      const parts = (text: string) =>
        text
          .replace(/[[\]{}]/g, '')
          .split(',')
          .sort()
          .join();
      return (
        what === 'cause' && where === 'patch' && (upstream.match(/\\"manager\\":/g) ?? []).length > 1 && parts(upstream) === parts(skiff)
      );
    },
  },
  {
    name: 'empty maps that are frozen',
    reason:
      'an empty map that a client gives in JSON is another than none where data is immutable, in memory only: from protobuf the same is taken',
    matches: ({ what, upstream }, { body }) =>
      what === 'status' &&
      /^422 .* is invalid: (data|binaryData): Forbidden: field is immutable when `immutable` is set$/.test(upstream) &&
      /"(data|binaryData)":\{\}/.test(JSON.stringify(body ?? '')),
  },
  {
    name: 'zero times',
    reason:
      'the first moment of the year 1 is no time; upstream, which reads it with a time zone, still tells it from none until it is stored',
    matches: ({ what, where, upstream, skiff }, { body, path }) =>
      what === 'cause' &&
      ((path.startsWith('/apis/events.k8s.io/') && /^(?:first|last)Timestamp$/.test(where) && upstream.endsWith('needs to be unset')) ||
        (path.includes('/resourceclaimtemplates') && where === 'spec.metadata.creationTimestamp' && upstream.endsWith('cannot be set'))) &&
      skiff === '' &&
      textOf(body).includes('0001-01-01T00:00:00Z'),
  },
  {
    name: 'managers that are no object',
    reason: 'of an object within which managed fields stand that are no object upstream can not say who manages what, and says nothing',
    matches: ({ what, where, upstream }, { body }) =>
      what === 'body' &&
      where === 'metadata.managedFields' &&
      upstream === 'absent' &&
      /fieldsV1\\?"?:\s*(?!\{|\s|\\?"\{)/.test(textOf(body)),
  },
  {
    name: 'upstream breaks off',
    reason: 'upstream panics on it and closes the stream: a null among items of a strategic patch, an expression that is no expression',
    matches: ({ what, upstream }) => what === 'status' && /^0 Stream closed/.test(upstream),
  },
  {
    name: 'version',
    reason: 'the version says what the server is, and what it was built with',
    matches: ({ what, where }, { path }) =>
      what === 'body' && path.startsWith('/version') && /^(git|go|build|platform|compiler)/.test(where),
  },
  {
    name: 'componentstatuses',
    reason: 'parts of the control plane are asked where they are; here they are in the process, or not',
    matches: (_, { path }) => path.includes('/componentstatuses'),
  },
  {
    name: 'hashes of OpenAPI',
    reason: 'documents that describe fields in other words have other hashes; the documents are compared without their sentences',
    matches({ what, where, upstream, skiff }, { path }) {
      const place = (url: string) => url.replace(/\?hash=[0-9A-F]{128}$/, '');
      return what === 'body' && path.startsWith('/openapi/v3') && where.endsWith('.serverRelativeURL') && place(upstream) === place(skiff);
    },
  },
  {
    name: 'keys for tokens',
    reason: 'each server has a key of its own, at its own address: upstream is given one of RSA, Skiff makes one of P-256',
    matches: ({ what, where }, { path }) =>
      what === 'body' &&
      ((/^\/openid\/v1\/jwks/.test(path) && where.startsWith('keys[].')) ||
        (/^\/.well-known\//.test(path) && (where === 'id_token_signing_alg_values_supported[]' || where === 'jwks_uri'))),
  },
  {
    name: 'names of health checks',
    reason: 'each server has parts of its own to ask; only ?verbose names them',
    matches: ({ what, upstream, skiff }, { path }) =>
      what === 'text' &&
      /^\/(healthz|livez|readyz)\?(.*&)?verbose/.test(path) &&
      [upstream, skiff].every((text) => text.includes('[+]ping ok')),
  },
  {
    name: 'flags and state',
    reason: 'the pages show what each server was started with, and when; between names and values stands something else each time',
    matches: ({ what }, { path }) => what === 'text' && /^\/(flagz|statusz)/.test(path),
  },
  {
    name: "order of Go's maps",
    reason:
      'of several fields that are in no schema or of another type, and of several amounts that are none, upstream tells the one that it meets first, and formats that nobody knows as it meets them',
    matches: ({ what, where, upstream, skiff }) => {
      const unnamed = (text: string) => text.replace(/\.[^.\s]+: field not declared in schema$/, '');
      // Where it met one it looks no further at that object.
      const faults = (text: string) =>
        text
          .split(/\n| Kind=\w+\): /)
          .filter((line) => /^\s*\./.test(line))
          .map((line) => line.trim());
      if (what === 'body' && where === 'message' && upstream.includes('field not declared in schema') && skiff.includes(': errors:\n'))
        return faults(upstream).every((fault) => faults(skiff).includes(fault));
      if (what === 'body' && where === 'message')
        return upstream.endsWith(': field not declared in schema') && unnamed(upstream) === unnamed(skiff);
      const isAmount = (text: string) =>
        /(?:quantities must match the regular expression .*|unable to parse quantity's suffix)$/.test(text);
      if (what === 'cause' && where === 'patch') return isAmount(upstream) && isAmount(skiff);
      const sorted = (text: string) => text.split(', ').sort().join();
      return what === 'header warning' && upstream.startsWith('299 - "unrecognized format') && sorted(upstream) === sorted(skiff);
    },
  },
  {
    name: 'keys that are numbers',
    reason: 'members of a custom object whose names are whole numbers stand first, in their order, as JavaScript keeps them',
    matches: ({ what, upstream, skiff }) =>
      (what === 'form' || what === 'order') && [upstream, skiff].every((text) => /"?\b1"?[,:].*"?\b1\d"?[,:]/.test(text)),
  },
  {
    name: 'names that are no UTF-8',
    reason: 'what is no UTF-8 in a path or a query is shown as its bytes, which strings of JavaScript do not hold',
    matches: ({ what, where, upstream, skiff }, { path }) =>
      what === 'body' &&
      where === 'message' &&
      /%[89a-f][\da-f]/i.test(path) &&
      upstream.replaceAll(/\\x[89a-f][\da-f]/g, '\ufffd') === skiff,
  },
  {
    name: 'broken YAML',
    reason: 'what is wrong with a text that is no YAML is told in the words of the parser, which is not go-yaml',
    matches: ({ what, where, upstream, skiff }) =>
      what === 'body' && where === 'message' && /yaml: /.test(upstream) && /yaml: /.test(skiff),
  },
];

export const explain = (difference: Difference, step: Step): Known | undefined => known.find(({ matches }) => matches(difference, step));
