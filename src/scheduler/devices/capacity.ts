import { addQuantities, canonicalText, compareQuantities, value } from '../../api/quantity.ts';
import type { CapacityRequirements } from '../../kinds/resource/shapes/resource-claim.ts';
import type { CapacityRequestPolicyRange, Device, DeviceCapacity } from '../../kinds/resource/shapes/resource-slice.ts';

/** Amounts by the name of a capacity. */
export type Capacities = Readonly<Record<string, string>>;

const nanosPerUnit = 1_000_000_000n;

/** Up to the next step from the least amount. */
function roundedUp(requested: string, { min, step }: CapacityRequestPolicyRange): string {
  if (min === undefined) return requested;
  if (compareQuantities(requested, min) < 0) return min;
  if (step === undefined) return requested;
  const steps = Math.ceil((value(requested) - value(min)) / value(step));
  return canonicalText(BigInt(value(min) + steps * value(step)) * nanosPerUnit, 'BinarySI');
}

/** What a request for part of a capacity takes of it: all of it when nothing else is said. */
function consumed(requested: string | undefined, capacity: DeviceCapacity): string {
  const { requestPolicy: policy } = capacity;
  if (requested === undefined) return policy?.default ?? capacity.value;
  if (policy?.validRange !== undefined) return roundedUp(requested, policy.validRange);
  return policy?.validValues?.find((valid) => compareQuantities(requested, valid) <= 0) ?? requested;
}

function violates(amount: string, { requestPolicy: policy }: DeviceCapacity): boolean {
  if (policy === undefined || (policy.default !== undefined && compareQuantities(amount, policy.default) === 0)) return false;
  if (policy.validRange !== undefined) {
    const { min, max, step } = policy.validRange;
    if (max !== undefined && compareQuantities(amount, max) > 0) return true;
    return step !== undefined && (value(amount) - value(min ?? '0')) % value(step) !== 0;
  }
  const values = policy.validValues ?? [];
  return values.length > 0 && !values.some((valid) => compareQuantities(amount, valid) === 0);
}

/** What a request takes of each capacity of a device. */
export const consumedBy = (requirements: CapacityRequirements | undefined, { capacity = {} }: Device): Capacities =>
  Object.fromEntries(Object.entries(capacity).map(([name, one]) => [name, consumed(requirements?.requests?.[name], one)]));

export const addedTo = (amounts: Capacities, more: Capacities): Capacities => {
  const sum: Record<string, string> = { ...amounts };
  for (const [name, amount] of Object.entries(more)) sum[name] = sum[name] === undefined ? amount : addQuantities(sum[name], amount);
  return sum;
};

/** Whether a device has what a request asks for, on top of what is taken of it. */
export function hasCapacity(device: Device, requirements: CapacityRequirements | undefined, taken: Capacities): boolean {
  const { capacity = {} } = device;
  if (Object.keys(requirements?.requests ?? {}).some((name) => !Object.hasOwn(capacity, name))) return false;
  return Object.entries(consumedBy(requirements, device)).every(([name, amount]) => {
    const whole = capacity[name]!;
    const sum = taken[name] === undefined ? amount : addQuantities(taken[name], amount);
    return !violates(amount, whole) && compareQuantities(sum, whole.value) <= 0;
  });
}
