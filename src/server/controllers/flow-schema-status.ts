import { formatTime } from '../../api/gotime.ts';
import { isNotFound } from '../../api/status.ts';
import { defineController } from '../../client/controller.ts';
import { FlowSchema } from '../../kinds/flowcontrol/flow-schema.ts';
import { PriorityLevelConfiguration } from '../../kinds/flowcontrol/priority-level-configuration.ts';

const fieldManager = 'api-priority-and-fairness-config-consumer-v1';

/** Says of every flow schema whether its priority level is missing (k8s.io/apiserver util/flowcontrol). */
export const flowSchemaStatus = defineController({
  name: 'priority-and-fairness-config-consumer',
  for: FlowSchema,
  watches: [
    {
      kind: PriorityLevelConfiguration,
      map: (level: PriorityLevelConfiguration, { cache }) =>
        cache(FlowSchema)
          .list()
          .filter(({ spec }) => spec.priorityLevelConfiguration.name === level.metadata.name)
          .map(({ metadata }) => metadata),
    },
  ],
  can: [],
  async reconcile({ name }, { cache, client, clock }) {
    const schema = cache(FlowSchema).get({ name });
    if (schema === undefined) return;
    const level = schema.spec.priorityLevelConfiguration.name;
    const found = cache(PriorityLevelConfiguration).get({ name: level }) !== undefined;
    const about = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    const [status, reason, end] = found ? ['False', 'Found', ' and it exists'] : ['True', 'NotFound', ' but there is no such object'];
    const message = about + end;
    const present = schema.status.conditions?.find(({ type }) => type === 'Dangling');
    if (present?.status === status && present.reason === reason && present.message === message) return;
    const condition = { type: 'Dangling', status, lastTransitionTime: formatTime(clock.now()), reason, message };
    const { apiVersion, kind } = schema;
    const applied = { apiVersion, kind, metadata: { name }, status: { conditions: [condition] } };
    await client
      .patch(FlowSchema, { name }, 'apply', applied, { subresource: 'status', fieldManager, force: true })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  },
});
