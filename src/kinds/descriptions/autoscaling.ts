import { condition, type Descriptions, inPackage } from '../lib/descriptions.ts';

const minReplicas = 'Fewest Pods to scale to. Default 1; 0 needs an object or external metric.';
const maxReplicas = 'Most Pods to scale to; not below minReplicas.';
const reference = {
  '': 'Names an object of the same namespace.',
  apiVersion: 'Group and version of the object.',
  kind: 'Kind of the object.',
  name: 'Name of the object.',
};
const status = {
  currentReplicas: 'How many Pods there were when last looked at.',
  desiredReplicas: 'How many Pods were last found to be needed.',
  lastScaleTime: 'When the number of Pods was last changed.',
  observedGeneration: 'metadata.generation that the autoscaler has seen last.',
};
/** A metric is wanted and found in the same forms. */
const forms = {
  containerResource: 'Use of cpu or memory by one container of each Pod.',
  external: 'A metric from outside the cluster.',
  object: 'A metric of one object, such as requests of an Ingress.',
  pods: 'A metric of each Pod, averaged.',
  resource: 'Use of cpu or memory by each Pod.',
  type: 'Which one is set: ContainerResource, External, Object, Pods or Resource.',
};
const resource = 'Name of the resource: cpu or memory.';

/** Autoscalers of Pods, and the scale subresource. */
export const autoscaling: Descriptions = {
  ...inPackage('io.k8s.api.autoscaling.v1', {
    CrossVersionObjectReference: reference,
    HorizontalPodAutoscaler: {
      '': 'Changes the number of Pods by how much CPU they use.',
      spec: 'What is scaled, and between which bounds.',
      status: 'What was last found and done.',
    },
    HorizontalPodAutoscalerSpec: {
      '': 'Looks at CPU only; autoscaling/v2 has more metrics.',
      maxReplicas,
      minReplicas,
      scaleTargetRef: 'The object whose scale subresource is set, such as a Deployment.',
      targetCPUUtilizationPercentage: 'CPU use that is aimed at, in percent of the requests, averaged over the Pods. Default 80.',
    },
    HorizontalPodAutoscalerStatus: {
      '': 'Written by the autoscaler each time it looks, every 15 seconds by default.',
      ...status,
      currentCPUUtilizationPercentage: 'CPU use, in percent of the requests, averaged over the Pods.',
    },
    Scale: {
      '': 'How many Pods something has; read and set through its scale subresource.',
      spec: 'How many Pods are wanted.',
      status: 'How many Pods there are.',
    },
    ScaleSpec: { '': 'Has nothing but a number.', replicas: 'Number of Pods that are wanted.' },
    ScaleStatus: {
      '': 'Tells autoscalers which Pods to look at.',
      replicas: 'Number of Pods there are.',
      selector: 'Label selector of the Pods, as text.',
    },
  }),
  ...inPackage('io.k8s.api.autoscaling.v2', {
    CrossVersionObjectReference: reference,
    HorizontalPodAutoscaler: {
      '': 'Changes the number of Pods by metrics.',
      spec: 'What is scaled, between which bounds, and by which metrics.',
      status: 'What was last found and done.',
    },
    HorizontalPodAutoscalerSpec: {
      '': 'The number aimed at is that of the Pods times what a metric is, divided by what it should be.',
      behavior: 'How fast it scales up and down.',
      maxReplicas,
      metrics: 'Metrics and what they should be; the one that asks for most Pods decides. Default: 80% of the requested CPU.',
      minReplicas,
      scaleTargetRef: 'The object whose scale subresource is set, such as a Deployment.',
    },
    HorizontalPodAutoscalerBehavior: {
      '': 'Policies and windows for each direction; what is left out has a default.',
      scaleDown: 'How fast it scales down. Default: by any number, after 300 seconds of need for fewer.',
      scaleUp: 'How fast it scales up. Default: by 4 Pods or by 100% in 15 seconds, whichever is more, at once.',
    },
    HPAScalingRules: {
      '': 'How fast an autoscaler scales in one direction.',
      policies: 'Most change within a time; at least one when set.',
      selectPolicy: 'Which policy holds: that of the greatest change (Max, default), of the least (Min), or no scaling (Disabled).',
      stabilizationWindowSeconds: 'Seconds looked back for the least change that was needed, 0 to 3600. Default 0 up, 300 down.',
      tolerance: 'By which share a metric may be off before anything is done. Default: 0.1, as set for the cluster.',
    },
    HPAScalingPolicy: {
      '': 'An amount of change and the time in which it may happen.',
      periodSeconds: 'The time in seconds, 1 to 1800.',
      type: 'What the value counts: Pods, or Percent of the Pods there are.',
      value: 'The most that may change; greater than 0.',
    },
    MetricSpec: { '': 'The metric that type names is set.', ...forms },
    MetricStatus: { '': 'The metric that type names is set.', ...forms },
    MetricIdentifier: {
      '': 'A name, and labels where the name is not enough.',
      name: 'Name of the metric.',
      selector: 'Labels of the metric, handed on to the server of metrics.',
    },
    MetricTarget: {
      '': 'The value that type names is set.',
      averageUtilization: 'Average over the Pods, in percent of the requests; for resources only.',
      averageValue: 'Average over the Pods.',
      type: 'Which one is set: Utilization, Value or AverageValue.',
      value: 'The value as a whole.',
    },
    MetricValueStatus: {
      '': 'The value that is set is of the type of the target.',
      averageUtilization: 'Average over the Pods, in percent of the requests; for resources only.',
      averageValue: 'Average over the Pods.',
      value: 'The value as a whole.',
    },
    ContainerResourceMetricSource: {
      '': 'As a resource metric, without the other containers.',
      container: 'Name of the container.',
      name: resource,
      target: 'What the use should be.',
    },
    ContainerResourceMetricStatus: {
      '': 'As a resource metric, without the other containers.',
      container: 'Name of the container.',
      current: 'The use as last found.',
      name: resource,
    },
    ExternalMetricSource: {
      '': 'Such as the length of a queue in the cloud.',
      metric: 'The metric.',
      target: 'What it should be.',
    },
    ExternalMetricStatus: {
      '': 'As the server of external metrics gave it.',
      current: 'The metric as last found.',
      metric: 'The metric.',
    },
    ObjectMetricSource: {
      '': 'Averages are taken over the Pods.',
      describedObject: 'The object.',
      metric: 'The metric.',
      target: 'What it should be.',
    },
    ObjectMetricStatus: {
      '': 'Averages are taken over the Pods.',
      current: 'The metric as last found.',
      describedObject: 'The object.',
      metric: 'The metric.',
    },
    PodsMetricSource: {
      '': 'Only an average can be aimed at.',
      metric: 'The metric.',
      target: 'What its average should be.',
    },
    PodsMetricStatus: {
      '': 'An average over the Pods.',
      current: 'Its average as last found.',
      metric: 'The metric.',
    },
    ResourceMetricSource: {
      '': 'Aims at a share of the requests or at an amount.',
      name: resource,
      target: 'What the use should be.',
    },
    ResourceMetricStatus: {
      '': 'As the server of resource metrics gave it.',
      current: 'The use as last found.',
      name: resource,
    },
    HorizontalPodAutoscalerStatus: {
      '': 'Written by the autoscaler each time it looks, every 15 seconds by default.',
      ...status,
      conditions: 'Aspects of its state, by type.',
      currentMetrics: 'The metrics as last found.',
    },
    HorizontalPodAutoscalerCondition: {
      '': 'One aspect of the state of an autoscaler.',
      ...condition,
      type: 'Which condition this is: AbleToScale, ScalingActive or ScalingLimited.',
    },
  }),
};
