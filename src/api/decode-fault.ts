import { DecodeError, goName, goType, wrongType } from './decode-error.ts';
import { NumberText } from './json.ts';
import type { Field, Shape } from './schema.ts';

/** Types that read their JSON themselves: Go stops at what is wrong with one of these, of the others it notes the first and reads on. */
const selfReading = new Set<Field['type']>(['time', 'microTime', 'duration', 'quantity', 'intOrString', 'either']);

type Decode = (field: Field, json: unknown) => unknown;

const isObject = (json: unknown): json is object =>
  typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof NumberText);

/** Which of the wrong values of a text Go tells of; undefined when there is none. `decode` reads values that have no parts. */
export function faultOf(shape: Shape, json: unknown, decode: Decode): DecodeError | undefined {
  try {
    return walkObject(shape, json, decode);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}

function walkObject(shape: Shape, json: unknown, decode: Decode): DecodeError | undefined {
  if (!isObject(json)) return wrongType(json, goName(shape));
  let first: DecodeError | undefined;
  for (const [name, value] of Object.entries(json)) {
    if (!Object.hasOwn(shape.fields, name)) continue;
    const field = shape.fields[name]!;
    const steps = [...(field.within ?? []).flatMap((around) => (around.name === '' ? [] : [around.name])), name];
    try {
      const fault = walk(field, value, decode)?.in(shape, steps);
      first ??= fault;
    } catch (error) {
      throw error instanceof DecodeError ? error.in(shape, steps) : error;
    }
  }
  return first;
}

/** Gives the first fault that lets Go read on; throws one that does not. */
function walk(field: Field, json: unknown, decode: Decode): DecodeError | undefined {
  if (json === null || json === undefined) return undefined;
  if (field.type === 'object') return walkObject(field.shape!, json, decode);
  if (field.type === 'list' || field.type === 'map') {
    const isContainer = field.type === 'list' ? Array.isArray(json) : isObject(json);
    if (!isContainer) return wrongType(json, goType(field));
    let first: DecodeError | undefined;
    for (const item of Object.values(json)) {
      const fault = walk(field.of!, item, decode);
      first ??= fault;
    }
    return first;
  }
  try {
    decode(field, json);
    return undefined;
  } catch (error) {
    if (!(error instanceof DecodeError) || selfReading.has(field.type)) throw error;
    return error;
  }
}
