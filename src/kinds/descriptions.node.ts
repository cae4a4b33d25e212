import { join } from 'node:path';
import type { Describe } from '../api/openapi/schema-writer.ts';
import { catalogInTurns } from '../base/catalog.node.ts';
import type { Descriptions } from './lib/descriptions.ts';

export async function loadTables(): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const tables = new Map<string, Readonly<Record<string, string>>>();
  for await (const table of catalogInTurns<Descriptions>(join(import.meta.dirname, 'descriptions'))) {
    for (const [type, texts] of Object.entries(table)) tables.set(type, { ...tables.get(type), ...texts });
  }
  return tables;
}
export async function loadDescriptions(): Promise<Describe> {
  const tables = await loadTables();
  return (type, field) => tables.get(type)?.[field];
}
