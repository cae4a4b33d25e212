import type { Node } from '../../kinds/core/node.ts';
import type { ResourceClaim } from '../../kinds/resource/resource-claim.ts';
import type { AllocationResult, DeviceAllocationConfiguration } from '../../kinds/resource/shapes/resource-claim.ts';
import type { Allocator, Chosen } from './allocator.ts';

type Plan = NonNullable<ReturnType<Allocator['run']>>[number];
type Selector = NonNullable<AllocationResult['nodeSelector']>;
type Term = Selector['nodeSelectorTerms'][number];
type Requirement = NonNullable<Term['matchFields']>[number];

/** Fields that are not there are left out. */
const present = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

/** Configuration of the classes that were chosen, each once, then that of the claim. */
function configOf({ claim, requests, chosen }: Plan): readonly DeviceAllocationConfiguration[] {
  const { devices } = claim.spec;
  const selected = requests.map(
    (alternatives) => alternatives.find((one) => chosen.some(({ request }) => request === one)) ?? alternatives[0]!,
  );
  const ofClasses = new Map<string, { names: string[]; config: readonly object[] }>();
  for (const { wanted, deviceClass } of selected) {
    const known = ofClasses.get(deviceClass.metadata.name) ?? { names: [], config: deviceClass.spec.config ?? [] };
    known.names.push(wanted.full);
    ofClasses.set(deviceClass.metadata.name, known);
  }
  const fromClasses = [...ofClasses.values()].flatMap(({ names, config }) =>
    config.map((one) => ({ source: 'FromClass', requests: names, ...one })),
  );
  const fromClaim = (devices.config ?? []).flatMap(({ requests: names = [], ...one }) => {
    const entry = { source: 'FromClaim', ...(names.length === 0 ? {} : { requests: names }), ...one };
    if (names.length === 0) return [entry];
    return selected.filter(({ wanted }) => names.includes(wanted.name) || names.includes(wanted.full)).map(() => entry);
  });
  return [...fromClasses, ...fromClaim];
}

function add(requirements: Requirement[], more: readonly Requirement[] = []): void {
  const same = (a: Requirement, b: Requirement) =>
    a.key === b.key && a.operator === b.operator && new Set(a.values).symmetricDifference(new Set(b.values)).size === 0;
  for (const one of more) if (!requirements.some((known) => same(known, one))) requirements.push(one);
}

/** Where pods can use the devices; undefined for everywhere. */
function selectorOf(chosen: readonly Chosen[], node: Node): Selector | undefined {
  const matchFields: Requirement[] = [];
  const matchExpressions: Requirement[] = [];
  for (const { candidate } of chosen) {
    const { nodeName, nodeSelector } = candidate.slice.spec.perDeviceNodeSelection === true ? candidate.device : candidate.slice.spec;
    if (nodeName !== undefined || candidate.device.bindsToNode === true) {
      const only = { key: 'metadata.name', operator: 'In', values: [node.metadata.name] };
      return { nodeSelectorTerms: [{ matchFields: [only] }] };
    }
    const [term] = nodeSelector?.nodeSelectorTerms ?? [];
    add(matchFields, term?.matchFields);
    add(matchExpressions, term?.matchExpressions);
  }
  if (matchFields.length === 0 && matchExpressions.length === 0) return undefined;
  const term = present({
    matchFields: matchFields.length === 0 ? undefined : matchFields,
    matchExpressions: matchExpressions.length === 0 ? undefined : matchExpressions,
  });
  return { nodeSelectorTerms: [term as Term] };
}

/** What a claim gets, as its status says it. `newId` makes ids of shares. */
export function resultOf(plan: Plan, node: Node, newId: () => string): AllocationResult {
  const results = plan.chosen.map(({ candidate, request, consumed }) =>
    present({
      request: request.wanted.full,
      driver: candidate.pool.driver,
      pool: candidate.pool.name,
      device: candidate.device.name,
      adminAccess: request.wanted.adminAccess ? true : undefined,
      tolerations: request.wanted.tolerations,
      bindingConditions: candidate.device.bindingConditions,
      bindingFailureConditions: candidate.device.bindingFailureConditions,
      shareID: consumed === undefined ? undefined : newId(),
      consumedCapacity: consumed === undefined || Object.keys(consumed).length === 0 ? undefined : consumed,
    }),
  );
  const config = configOf(plan);
  const devices = present({ results, config: config.length === 0 ? undefined : config });
  return present({ devices, nodeSelector: selectorOf(plan.chosen, node) }) as AllocationResult;
}

/** How far up in their lists the alternatives are that were chosen. https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#prioritized-list */
export function preference(claims: readonly { readonly claim: ResourceClaim; readonly allocation: AllocationResult }[]): number {
  const mostAlternatives = 8;
  let score = 0;
  for (const { claim, allocation } of claims) {
    const names = new Set(allocation.devices.results?.map(({ request }) => request));
    for (const { name, firstAvailable = [] } of claim.spec.devices.requests ?? []) {
      for (const [index, alternative] of firstAvailable.entries()) {
        if (names.has(`${name}/${alternative.name}`)) score += mostAlternatives - index;
      }
    }
  }
  return score;
}
