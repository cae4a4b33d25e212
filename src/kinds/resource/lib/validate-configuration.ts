import { fieldError } from '../../../api/status.ts';
import { driverName } from '../../core/lib/validate-volume-sources.ts';
import { byteLength, type Errors, oneOf } from '../../lib/validate.ts';
import type { OpaqueDeviceConfiguration } from '../shapes/resource-claim.ts';
import { eachOf } from './validate-lists.ts';
import { type RequestNames, requestReference } from './validate-names.ts';

export const mostRequests = 32;
export const mostConfigurations = 32;
const mostParameterBytes = 10 * 1024;

/** References to requests of a claim: each once. */
export const validateReferences = (requests: readonly string[] | undefined, path: string, names: RequestNames): Errors =>
  eachOf(
    requests,
    mostRequests,
    path,
    (name, at) => requestReference(at, name, names),
    (name) => name,
  );
/** A JSON object of a bounded length; `stored` ones may be longer. */
export function* rawObject(path: string, value: unknown, most: number, stored = false): Errors {
  if (value === undefined || value === null) yield fieldError.required(path);
  else if (!stored && byteLength(JSON.stringify(value)) > most) yield fieldError.tooLong(path, most);
  else if (typeof value !== 'object' || Array.isArray(value))
    yield fieldError.invalid(path, '<value omitted>', 'must be a valid JSON object');
}
export function* validateConfiguration(
  { opaque }: { readonly opaque?: OpaqueDeviceConfiguration | undefined },
  path: string,
  stored = false,
): Errors {
  if (opaque === undefined) return yield fieldError.required(`${path}.opaque`);
  yield* driverName(`${path}.opaque.driver`, opaque.driver);
  yield* rawObject(`${path}.opaque.parameters`, opaque.parameters, mostParameterBytes, stored);
}

/** The source of a configuration in an allocation. */
export function* configurationSource(path: string, source: string): Errors {
  if (source === '') yield fieldError.required(path);
  else yield* oneOf(path, source, ['FromClaim', 'FromClass']);
}
