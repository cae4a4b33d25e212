import type { AnyKind } from '../../../api/kind.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { APIService } from '../../../kinds/apiregistration/api-service.ts';
import type { APIServiceSpec } from '../../../kinds/apiregistration/shapes/api-service.ts';
import { sameOrEmpty } from '../../../kinds/lib/fields.ts';
import { priorities } from '../../aggregate/priorities.ts';

/** Says how an APIService is looked after: "onstart" when the server starts, "true" all the time. */
export const automanaged = 'kube-aggregator.kubernetes.io/automanaged';

type Spec = Pick<APIServiceSpec, 'group' | 'version' | 'groupPriorityMinimum' | 'versionPriority'>;

/** What the built-in kinds call for, by name. This group has no APIService of its own, as it is what serves them. */
function wanted(kinds: readonly AnyKind[]): ReadonlyMap<string, Spec> {
  const specs = new Map<string, Spec>();
  for (const { group, version, custom } of kinds) {
    const [groupPriority, versions] = priorities[group] ?? [];
    const versionPriority = versions?.[version];
    if (custom !== undefined || groupPriority === undefined || versionPriority === undefined) continue;
    specs.set(`${version}.${group}`, { ...(group === '' ? {} : { group }), version, groupPriorityMinimum: groupPriority, versionPriority });
  }
  return specs;
}

/** Makes and corrects the APIServices of what this server serves by itself, and removes those of what it no longer does. */
export async function registerApiServices(client: Client, kinds: readonly AnyKind[]): Promise<void> {
  const specs = wanted(kinds);
  const present = new Map((await client.list(APIService)).items.map((service) => [service.metadata.name, service]));
  const tolerate = (error: unknown) => {
    if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error;
  };
  const register = async (name: string, spec: Spec) => {
    const service = present.get(name);
    if (service === undefined)
      return await client.create(APIService, { metadata: { name, labels: { [automanaged]: 'onstart' } }, spec }).catch(tolerate);
    if (service.metadata.labels?.[automanaged] === undefined || sameOrEmpty(service.spec, spec)) return;
    await client.update(APIService, { ...service, spec }).catch(tolerate);
  };
  const spurious = [...present.values()].filter(
    ({ metadata }) => metadata.labels?.[automanaged] === 'onstart' && !specs.has(metadata.name),
  );
  await Promise.all([
    ...[...specs].map(([name, spec]) => register(name, spec)),
    ...spurious.map(({ metadata }) => client.delete(APIService, metadata, { preconditions: { uid: metadata.uid } }).catch(tolerate)),
  ]);
}
