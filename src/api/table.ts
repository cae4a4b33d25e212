import { humanDuration, parseTime } from './gotime.ts';
import type { AnyKind, Column } from './kind.ts';
import type { ApiObject, ListMeta } from './meta.ts';

/** meta.k8s.io/v1 Table: what `kubectl get` prints (kubernetes.io: resources fetched as tables). */
export type IncludeObject = 'None' | 'Metadata' | 'Object';
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: ListMeta;
  readonly columnDefinitions?: readonly object[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object?: object }[];
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
  value: (object) => object.metadata.name,
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

export const partialObject = (object: ApiObject): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});

export function tableOf(
  kind: AnyKind,
  objects: readonly ApiObject[],
  options: {
    readonly nowMs: number;
    readonly includeObject: IncludeObject;
    readonly metadata?: ListMeta;
    readonly withoutHeaders?: boolean;
  },
): Table {
  const columns = columnsOf(kind);
  const rows = objects.map((object) => {
    const cells = columns.map((column) => column.value(object, options.nowMs));
    if (options.includeObject === 'None') return { cells };
    return { cells, object: options.includeObject === 'Object' ? object : partialObject(object) };
  });
  const columnDefinitions = columns
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
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata ?? {},
    ...(options.withoutHeaders === true ? {} : { columnDefinitions }),
    rows,
  };
}
