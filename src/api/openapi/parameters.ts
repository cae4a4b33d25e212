import type { Json } from './schema-writer.ts';

/** A parameter of a request, in the query unless it says otherwise. */
export interface Parameter {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
  readonly in?: 'path';
}
const text = (name: string, description: string): Parameter => ({ name, type: 'string', description });
const whole = (name: string, description: string): Parameter => ({ name, type: 'integer', description });
const flag = (name: string, description: string): Parameter => ({ name, type: 'boolean', description });

export const pretty = text('pretty', 'Whether the answer is indented.');
export const nameIn = (kind: string): Parameter => ({ ...text('name', `Name of the ${kind}`), in: 'path' });
export const namespaceIn: Parameter = { ...text('namespace', 'Namespace of the object'), in: 'path' };
export const pathIn: Parameter = { ...text('path', 'Path of the resource'), in: 'path' };

const page = [
  text('continue', 'Token of an earlier answer: the list goes on where that one ended.'),
  text('fieldSelector', 'Only objects whose fields have these values.'),
  text('labelSelector', 'Only objects whose labels fit.'),
  whole('limit', 'At most so many objects in one answer.'),
  text('resourceVersion', 'Which state is asked for.'),
  text('resourceVersionMatch', 'How resourceVersion is meant: exactly that state, or one not older.'),
  flag('sendInitialEvents', 'A watch begins with the present objects.'),
  text('shardSelector', 'Only a shard of the objects.'),
  whole('timeoutSeconds', 'How long the call may last.'),
] as const;
export const listParameters: readonly Parameter[] = [
  flag('allowWatchBookmarks', 'A watch may send bookmarks.'),
  ...page,
  flag('watch', 'Follow the changes instead of listing.'),
];
export const writeParameters: readonly Parameter[] = [
  text('dryRun', 'All: go through every step but store nothing.'),
  text('fieldManager', 'Who owns the fields that are set.'),
  text('fieldValidation', 'Whether unknown and repeated fields are ignored, warned of, or refused.'),
];
export const forceParameter = flag('force', 'Apply takes fields from other managers. Only for apply patches.');
export const deleteParameters: readonly Parameter[] = [
  writeParameters[0]!,
  whole('gracePeriodSeconds', 'How long the object has before it is gone.'),
  flag('ignoreStoreReadErrorWithClusterBreakingPotential', 'Delete also what cannot be read.'),
  flag('orphanDependents', 'Whether dependents stay. Out of use: see propagationPolicy.'),
  text('propagationPolicy', 'What becomes of dependents: Orphan, Background or Foreground.'),
];
export const deleteCollectionParameters: readonly Parameter[] = [...deleteParameters, ...page];

const streams = [
  flag('stderr', 'Whether standard error is streamed.'),
  flag('stdin', 'Whether standard input is streamed.'),
  flag('stdout', 'Whether standard output is streamed.'),
  flag('tty', 'Whether the streams are a terminal.'),
];
const container = text('container', 'Name of the container, where the pod has several.');
const proxied = text('path', 'Path in what is behind the proxy.');
/** Options of subresources that are no bodies, by their kind. */
export const optionParameters: Readonly<Record<string, readonly Parameter[]>> = {
  PodExecOptions: [text('command', 'The command and its arguments.'), container, ...streams],
  PodAttachOptions: [container, ...streams],
  PodPortForwardOptions: [whole('ports', 'Ports to forward, for WebSocket.')],
  PodProxyOptions: [proxied],
  ServiceProxyOptions: [proxied],
  NodeProxyOptions: [proxied],
  PodLogOptions: [
    container,
    flag('follow', 'Go on with what is written from now on.'),
    flag('insecureSkipTLSVerifyBackend', 'Do not verify the certificate of the node.'),
    whole('limitBytes', 'At most so many bytes.'),
    flag('previous', 'The log of the container that ran before.'),
    whole('sinceSeconds', 'Only what is not older.'),
    text('stream', 'Which stream: All, Stdout or Stderr.'),
    whole('tailLines', 'Only so many lines from the end.'),
    flag('timestamps', 'Put the time before each line.'),
  ],
};

const keyOf = ({ name, in: place }: Parameter): string => `${name} ${place ?? 'query'}`;
export const inOrder = (parameters: readonly Parameter[]): readonly Parameter[] =>
  [...parameters].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

/** As OpenAPI says it. */
export function parameterV3({ name, type, description, in: given }: Parameter): Json {
  const place = given ?? 'query';
  return { name, in: place, description, ...(place === 'path' ? { required: true } : {}), schema: { type, uniqueItems: true } };
}
export function parameterV2({ name, type, description, in: given }: Parameter): Json {
  const place = given ?? 'query';
  return { uniqueItems: true, type, description, name, in: place, ...(place === 'path' ? { required: true } : {}) };
}
