import { type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Ways of running containers, and priorities of Pods. */
export const runtime: Descriptions = {
  ...inPackage('io.k8s.api.node.v1', {
    RuntimeClass: {
      '': 'A way of running containers that Pods choose by runtimeClassName.',
      handler: "Name of the handler in the settings of the nodes' container runtime. It cannot be changed.",
      overhead: 'Resources that running a Pod this way takes beyond its containers.',
      scheduling: 'Which nodes can run Pods this way. Default: all.',
    },
    Overhead: { '': 'Counts for scheduling, quotas and the cgroup of the Pod.', podFixed: 'Amount for each Pod, by name of the resource.' },
    Scheduling: {
      '': 'Merged into Pods at admission; a Pod that contradicts is refused.',
      nodeSelector: 'Labels that a node must have; merged into the node selector of Pods.',
      tolerations: 'Tolerations that Pods of the class get.',
    },
  }),
  ...inPackage('io.k8s.api.scheduling.v1', {
    PriorityClass: {
      '': 'Gives a name to a priority of Pods.',
      description: 'When the class should be used, for people.',
      globalDefault: 'Whether Pods that name no class get this one; at most one class should say so. Default false.',
      preemptionPolicy: 'Whether Pods of the class may preempt Pods of lower priority. Default PreemptLowerPriority. It cannot be changed.',
      value: 'The priority; higher is more important, at most 1000000000. It cannot be changed.',
    },
  }),
};
