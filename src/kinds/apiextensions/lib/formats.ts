import { isSupportedFormat } from '../../../api/structural/formats.ts';
import { type JsonSchema, someSchema } from '../../../api/structural/json-schema.ts';
import type { CustomResourceDefinitionSpec } from '../shapes/custom-resource-definition.ts';
import { allSchemas, internalSpec } from './internal.ts';

/** Formats that mean nothing to the server, in the order of the schemas; one may come several times. */
export function unknownFormats(spec: CustomResourceDefinitionSpec): readonly string[] {
  const found: string[] = [];
  const look = ({ type = '', format = '' }: JsonSchema): boolean => {
    if (format !== '' && !isSupportedFormat(type, format)) found.push(format);
    return false;
  };
  for (const schema of allSchemas(internalSpec(spec))) someSchema(schema, look);
  return found;
}
