import type { DeviceClass } from '../../kinds/resource/device-class.ts';
import type { ResourceClaim } from '../../kinds/resource/resource-claim.ts';
import type { CapacityRequirements, DeviceRequest, DeviceSelector, DeviceToleration } from '../../kinds/resource/shapes/resource-claim.ts';
import type { DeviceTaint } from '../../kinds/resource/shapes/resource-slice.ts';
import type { RequestName } from './constraints.ts';
import type { Candidate } from './pools.ts';
import { selects } from './selectors.ts';

/** A request of a claim, or one of its alternatives. */
export interface Wanted extends RequestName {
  readonly claim: ResourceClaim;
  readonly className: string;
  readonly all: boolean;
  readonly count: number;
  readonly adminAccess: boolean;
  readonly selectors: readonly DeviceSelector[];
  readonly tolerations: readonly DeviceToleration[] | undefined;
  readonly capacity: CapacityRequirements | undefined;
}

/** The alternatives of a request, best first; one that has none is its only one. */
export function wantedBy(claim: ResourceClaim, { name, exactly, firstAvailable = [] }: DeviceRequest): readonly Wanted[] {
  const of = (one: Omit<NonNullable<typeof exactly>, 'adminAccess'>, full: string, adminAccess: boolean): Wanted => ({
    claim,
    name,
    full,
    className: one.deviceClassName ?? '',
    all: one.allocationMode === 'All',
    count: Number(one.count ?? 0),
    adminAccess,
    selectors: one.selectors ?? [],
    tolerations: one.tolerations,
    capacity: one.capacity,
  });
  if (exactly !== undefined) return [of(exactly, name, exactly.adminAccess === true)];
  return firstAvailable.map((one) => of(one, `${name}/${one.name}`, false));
}

const tolerates = ({ key, operator, value, effect }: DeviceToleration, taint: DeviceTaint) =>
  (!effect || effect === taint.effect) &&
  (!key || key === taint.key) &&
  (operator === 'Exists' || ((operator ?? 'Equal') === 'Equal' && (value ?? '') === (taint.value ?? '')));

/** Whether a taint of a device keeps a request away. */
export const isRepelled = ({ device }: Candidate, { tolerations = [] }: Wanted): boolean =>
  (device.taints ?? []).some(
    (taint) =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );

function matches(candidate: Candidate, selectors: readonly DeviceSelector[], owner: string): boolean {
  return selectors.every(({ cel }, index) => {
    try {
      return selects(cel?.expression ?? '', candidate);
    } catch (caught) {
      throw new Error(`${owner}: selector #${index}: ${(caught as Error).message}`);
    }
  });
}

/** Whether a device is what the class and the request select. Throws Error when an expression of theirs fails. */
export function isSelected(candidate: Candidate, wanted: Wanted, deviceClass: DeviceClass): boolean {
  const { namespace, name } = wanted.claim.metadata;
  return (
    matches(candidate, deviceClass.spec.selectors ?? [], `class ${deviceClass.metadata.name}`) &&
    matches(candidate, wanted.selectors, `claim ${namespace}/${name}`)
  );
}
