import type { DeviceConstraint } from '../../kinds/resource/shapes/resource-claim.ts';
import type { DeviceAttribute } from '../../kinds/resource/shapes/resource-slice.ts';
import type { Candidate } from './pools.ts';

/** Which of a claim's requests a device is for. */
export interface RequestName {
  /** Of the request, or of the one whose alternative it is. */
  readonly name: string;
  /** 'request/alternative' for alternatives. */
  readonly full: string;
}

/** What devices of a claim must have in common. Devices come and go while a solution is looked for. */
export interface Constraint {
  /** False, and nothing changed, when the device cannot be with those that are there. */
  add(candidate: Candidate, request: RequestName): boolean;
  /** Undoes the add with the same arguments. */
  remove(candidate: Candidate, request: RequestName): void;
}

/** An attribute by its full name; the driver's own may be without domain. */
function attributeOf({ device, slice }: Candidate, name: string): DeviceAttribute | undefined {
  const { attributes = {} } = device;
  if (Object.hasOwn(attributes, name)) return attributes[name];
  const slash = name.indexOf('/');
  const own = name.slice(slash + 1);
  return slash >= 0 && name.slice(0, slash) === slice.spec.driver && Object.hasOwn(attributes, own) ? attributes[own] : undefined;
}

/** Type and value in one; undefined for attributes of no known type. */
function keyOf(attribute: DeviceAttribute): string | undefined {
  for (const type of ['string', 'int', 'bool', 'version'] as const) {
    if (attribute[type] !== undefined) return `${type} ${attribute[type]}`;
  }
  return undefined;
}

export function constraintOf({ matchAttribute, distinctAttribute, requests = [] }: DeviceConstraint): Constraint {
  const attribute = matchAttribute ?? distinctAttribute;
  if (attribute === undefined) throw new Error('empty constraint (unsupported constraint type?)');
  const concerns = ({ name, full }: RequestName) => requests.length === 0 || requests.includes(name) || requests.includes(full);
  /** How many devices have each value. */
  const counts = new Map<string, number>();
  return {
    add(candidate, request) {
      if (!concerns(request)) return true;
      const found = attributeOf(candidate, attribute);
      const key = found === undefined ? undefined : keyOf(found);
      if (key === undefined) return false;
      const fits = matchAttribute === undefined ? !counts.has(key) : counts.size === 0 || counts.has(key);
      if (fits) counts.set(key, (counts.get(key) ?? 0) + 1);
      return fits;
    },
    remove(candidate, request) {
      if (!concerns(request)) return;
      const key = keyOf(attributeOf(candidate, attribute)!)!;
      const left = counts.get(key)! - 1;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
    },
  };
}
