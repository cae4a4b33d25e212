import { isAlreadyExists, isConflict, isNotFound } from '../../api/status.ts';
import { defineController } from '../../client/controller.ts';
import { CustomResourceDefinition } from '../../kinds/apiextensions/custom-resource-definition.ts';
import { APIService } from '../../kinds/apiregistration/api-service.ts';
import { sameOrEmpty } from '../../kinds/lib/fields.ts';
import { customPriority } from '../aggregate/priorities.ts';
import { automanaged } from './lib/api-services.ts';

const tolerate = (error: unknown) => {
  if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error;
};

/** Gives every served version of a group of custom resources its APIService (crd-registration and autoregister upstream). */
export const apiServiceRegistration = defineController({
  name: 'crd-autoregister',
  for: APIService,
  watches: [
    {
      kind: CustomResourceDefinition,
      map: ({ spec }: CustomResourceDefinition) => spec.versions.map(({ name }) => ({ name: `${name}.${spec.group}` })),
    },
  ],
  can: [],
  async reconcile({ name }, { cache, client }) {
    const [version = ''] = name.split('.', 1);
    const group = name.slice(version.length + 1);
    const isWanted = cache(CustomResourceDefinition)
      .list()
      .some(({ spec }) => spec.group === group && spec.versions.some((one) => one.name === version && one.served));
    const present = cache(APIService).get({ name });
    const { groupPriority, versionPriority } = customPriority;
    const spec = { group, version, groupPriorityMinimum: groupPriority, versionPriority };
    if (present === undefined) {
      if (isWanted) await client.create(APIService, { metadata: { name, labels: { [automanaged]: 'true' } }, spec }).catch(tolerate);
      return;
    }
    if (present.metadata.labels?.[automanaged] !== 'true') return;
    if (!isWanted) {
      const { uid } = present.metadata;
      await client.delete(APIService, { name }, { preconditions: { uid } }).catch(tolerate);
    } else if (!sameOrEmpty(present.spec, spec)) await client.update(APIService, { ...present, spec }).catch(tolerate);
  },
});
