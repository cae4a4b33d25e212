import { humanDuration, parseTime } from './gotime.ts';
import type { AnyKind, Column } from './kind.ts';
import type { ApiObject, ListMeta } from './meta.ts';

/** meta.k8s.io/v1 Table: what `kubectl get` prints (kubernetes.io: resources fetched as tables). */
export type IncludeObject = 'None' | 'Metadata' | 'Object';
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: `meta.k8s.io/${'v1' | 'v1beta1'}`;
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly object[] | null;
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: object | null }[];
}

/** How long ago a time was, as tables show it. */
export function ageOf(time: string | undefined, nowMs: number): string {
  const ms = time === undefined ? undefined : parseTime(time);
  return ms === undefined ? '<unknown>' : humanDuration(nowMs - ms);
}

const nameColumn: Column<ApiObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique within its kind and namespace',
  value: (object) => object.metadata.name ?? '',
};
const defaultColumns: readonly Column<ApiObject>[] = [
  nameColumn,
  {
    name: 'Age',
    type: 'string',
    description: 'Time since the object was created',
    value: (object, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs),
  },
];
const columnsOf = (kind: AnyKind): readonly Column<any>[] => kind.strategy.columns ?? defaultColumns;

/** Tables that tell only name and time: of kinds whose columns upstream leaves to its default, and of custom resources. */
export const isPlainTable = (kind: AnyKind): boolean => kind.custom !== undefined || columnsOf(kind)[1]?.name === 'Created At';

/** Upstream's aggregator tells of the columns in every event. */
const repeatsHeaders = ({ group }: AnyKind): boolean => group === 'apiregistration.k8s.io';

type Version = 'v1' | 'v1beta1';

/** Annotations that upstream writes when it converts an object for a client; metadata alone it shows unconverted. */
const ofScaler = 'autoscaling.alpha.kubernetes.io/';
const conversionAnnotations = [
  'deprecated.daemonset.template.generation',
  ...['conditions', 'metrics', 'current-metrics', 'behavior'].map((name) => ofScaler + name),
];
const convertedKinds = new Set(['DaemonSet', 'HorizontalPodAutoscaler']);
function unconverted(metadata: ApiObject['metadata']): object {
  const { annotations, ...rest } = metadata;
  if (annotations === undefined || !conversionAnnotations.some((name) => Object.hasOwn(annotations, name))) return metadata;
  const left = Object.entries(annotations).filter(([name]) => !conversionAnnotations.includes(name));
  return left.length === 0 ? rest : { ...metadata, annotations: Object.fromEntries(left) };
}
export const partialObject = ({ kind, metadata }: ApiObject, version: Version = 'v1'): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: convertedKinds.has(kind) ? unconverted(metadata) : metadata,
});

export interface TableOptions {
  readonly nowMs: number;
  readonly includeObject: IncludeObject;
  readonly metadata: ListMeta;
  /** Say nothing of the columns: in a watch, the first table did. */
  readonly withoutHeaders?: boolean;
  readonly version: Version;
  /** How a whole object in a row is written. */
  readonly shown: (object: ApiObject) => object;
}
/** A table without its rows. */
export function tableHead(kind: AnyKind, { metadata, withoutHeaders, version }: TableOptions): Omit<Table, 'rows'> {
  const columns = columnsOf(kind)
    .filter((column) => column.undefined !== true)
    .map((column) => ({
      name: column.name,
      type: column.type ?? 'string',
      format: column.format ?? '',
      description: column.description ?? '',
      priority: column.priority ?? 0,
    }));
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: withoutHeaders === true && !repeatsHeaders(kind) ? null : columns,
  };
}
export function* tableRows(kind: AnyKind, objects: Iterable<ApiObject>, options: TableOptions): Generator<Table['rows'][number]> {
  const columns = columnsOf(kind);
  const { nowMs, includeObject, version } = options;
  const { rowOrder } = kind.strategy;
  for (const object of rowOrder === undefined ? objects : [...objects].sort(rowOrder)) {
    const cells = columns.map((column) => column.value(object, nowMs));
    // A row without an object says so: null, as Go writes an empty RawExtension. What ends the initial events has it always.
    const isLeftOut = includeObject === 'None' && object.metadata.annotations?.['k8s.io/initial-events-end'] !== 'true';
    const shown = isLeftOut ? null : includeObject === 'Object' ? options.shown(object) : partialObject(object, version);
    yield { cells, object: shown };
  }
}
export const tableOf = (kind: AnyKind, objects: readonly ApiObject[], options: TableOptions): Table => ({
  ...tableHead(kind, options),
  rows: [...tableRows(kind, objects, options)],
});
