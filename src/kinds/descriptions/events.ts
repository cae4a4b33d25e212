import { type Descriptions, inPackage } from '../lib/descriptions.ts';

const series = {
  '': 'A series of like events.',
  count: 'How many events there were up to the last one seen.',
  lastObservedTime: 'When the last one was seen.',
};

/** Events, as both API groups show them. */
export const events: Descriptions = {
  ...inPackage('io.k8s.api.core.v1', {
    Event: {
      '': 'A report of something that happened to an object. Events are gone after a while and may be lost; do not build on them.',
      action: 'What was done or failed, as one word.',
      count: 'How often it happened.',
      eventTime: 'When it first happened.',
      firstTimestamp: 'When it was first recorded.',
      involvedObject: 'The object it happened to.',
      lastTimestamp: 'When it was last recorded.',
      message: 'What happened, for people.',
      metadata: "Standard object's metadata; the namespace is that of the object it happened to.",
      reason: 'Why it happened, as one CamelCase word for programs.',
      related: 'Another object that has a part in it.',
      reportingComponent: 'Name of the controller that reports it, such as kubernetes.io/kubelet.',
      reportingInstance: 'Which instance of the controller reports it.',
      series: 'The series of events that this one stands for; absent for a single one.',
      source: 'The component that reports it.',
      type: 'Normal or Warning.',
    },
    EventSeries: series,
    EventSource: {
      '': 'Where an event comes from.',
      component: 'Name of the component.',
      host: 'Node on which it runs.',
    },
  }),
  ...inPackage('io.k8s.api.events.v1', {
    Event: {
      '': 'A report of something that happened to an object. Events are gone after a while and may be lost; do not build on them.',
      action: 'What was done or failed, as one word of up to 128 characters.',
      deprecatedCount: 'Deprecated: count of the core Event.',
      deprecatedFirstTimestamp: 'Deprecated: firstTimestamp of the core Event.',
      deprecatedLastTimestamp: 'Deprecated: lastTimestamp of the core Event.',
      deprecatedSource: 'Deprecated: source of the core Event.',
      eventTime: 'When it first happened.',
      note: 'What happened, for people; at most 1024 bytes.',
      reason: 'Why it happened, as one CamelCase word of up to 128 characters.',
      regarding: 'The object it happened to.',
      related: 'Another object that has a part in it.',
      reportingController: 'Name of the controller that reports it, such as kubernetes.io/kubelet.',
      reportingInstance: 'Which instance of the controller reports it.',
      series: 'The series of events that this one stands for; absent for a single one.',
      type: 'Normal or Warning.',
    },
    EventSeries: series,
  }),
};
