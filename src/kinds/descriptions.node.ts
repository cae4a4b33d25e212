import { join } from 'node:path';
import type { Describe } from '../api/openapi/schema-writer.ts';
import { catalog } from '../base/catalog.node.ts';

/**
 * What is said of types and their fields, for `kubectl explain`: by OpenAPI's name of the type, then by field; the type itself under ''.
 * One file per group in `descriptions/`, apart from the shapes and loaded only when somebody asks.
 */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

export async function loadTables(): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const tables = new Map<string, Readonly<Record<string, string>>>();
  for (const table of await catalog<Descriptions>(join(import.meta.dirname, 'descriptions'))) {
    for (const [type, texts] of Object.entries(table)) tables.set(type, { ...tables.get(type), ...texts });
  }
  return tables;
}
export async function loadDescriptions(): Promise<Describe> {
  const tables = await loadTables();
  return (type, field) => tables.get(type)?.[field];
}
