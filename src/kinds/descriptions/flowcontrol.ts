import { condition, type Descriptions, inPackage } from '../lib/descriptions.ts';

const shares = 'Share of the seats of the server that the level has by itself, in proportion to the shares of all levels.';
const lendable = 'How much of its seats others may use while they are free, in percent. Default 0.';

/** Priority and fairness of requests to the API server. */
export const flowcontrol: Descriptions = inPackage('io.k8s.api.flowcontrol.v1', {
  FlowSchema: {
    '': 'Assigns requests to a priority level and tells them apart into flows.',
    spec: 'Which requests, and to which level.',
    status: 'What is wrong with it, if anything.',
  },
  FlowSchemaSpec: {
    '': 'A request goes to the level of the schema of least matchingPrecedence that fits it.',
    distinguisherMethod: 'How requests are told apart into flows. Default: all are one flow.',
    matchingPrecedence: 'Order among those that fit a request: the least wins, 1 to 10000. Default 1000.',
    priorityLevelConfiguration: 'The level that the requests go to.',
    rules: 'Requests that are meant: those that any rule fits.',
  },
  FlowDistinguisherMethod: {
    '': 'Flows of a level take turns, so that none can crowd out others.',
    type: 'ByUser makes a flow of each user, ByNamespace of each namespace.',
  },
  PriorityLevelConfigurationReference: { '': 'Names a priority level.', name: 'Name of the level.' },
  PolicyRulesWithSubjects: {
    '': 'Requests of certain subjects; one of its rules and one of its subjects must fit.',
    nonResourceRules: 'Paths that are meant.',
    resourceRules: 'Operations on resources that are meant.',
    subjects: 'Whose requests are meant; at least one.',
  },
  Subject: {
    '': 'Somebody who makes requests; the field that kind names is set.',
    group: 'A group of users.',
    kind: 'Which one is set: User, Group or ServiceAccount.',
    serviceAccount: 'A service account.',
    user: 'A single user.',
  },
  UserSubject: { '': 'A user by name.', name: 'Name of the user; "*" for all.' },
  GroupSubject: { '': 'A group by its name.', name: 'Name of the group; "*" for all.' },
  ServiceAccountSubject: {
    '': 'An account by namespace and name.',
    name: 'Name of the account; "*" for all of the namespace.',
    namespace: 'Namespace of the account.',
  },
  ResourcePolicyRule: {
    '': 'Operations on resources; each list must fit.',
    apiGroups: 'API groups; "*" for all.',
    clusterScope: 'Whether requests for no namespace are meant. Default false.',
    namespaces: 'Namespaces that are meant; "*" for all. Needed unless clusterScope is set.',
    resources: 'Resources, with a subresource after a slash; "*" for all.',
    verbs: 'Verbs; "*" for all.',
  },
  NonResourcePolicyRule: {
    '': 'Requests for paths that are no resources.',
    nonResourceURLs: 'The paths, such as /healthz or /healthz/*; "*" for all.',
    verbs: 'HTTP methods in small letters; "*" for all.',
  },
  FlowSchemaStatus: { '': 'Written by the controller.', conditions: 'Aspects of its state, by type.' },
  FlowSchemaCondition: {
    '': 'One aspect of the state of a FlowSchema.',
    ...condition,
    type: 'Which condition this is: Dangling when the level it names is missing.',
  },
  PriorityLevelConfiguration: {
    '': 'A class of requests that share a part of what the server can do at once.',
    spec: 'How large the part is, and what happens to requests beyond it.',
    status: 'What is wrong with it, if anything.',
  },
  PriorityLevelConfigurationSpec: {
    '': 'The field that type names is set.',
    exempt: 'Settings of a level of type Exempt.',
    limited: 'Settings of a level of type Limited.',
    type: 'Limited: only so many requests run at once. Exempt: all run at once.',
  },
  ExemptPriorityLevelConfiguration: {
    '': 'Settings of a level whose requests all run at once.',
    lendablePercent: lendable,
    nominalConcurrencyShares: `${shares} Default 0.`,
  },
  LimitedPriorityLevelConfiguration: {
    '': 'Settings of a level of which only so many requests run at once.',
    borrowingLimitPercent: 'How many seats it may use of others, in percent of its own. Default: any number.',
    lendablePercent: lendable,
    limitResponse: 'What happens to requests beyond it.',
    nominalConcurrencyShares: `${shares} Default 30.`,
  },
  LimitResponse: {
    '': 'What happens to requests that cannot run now.',
    queuing: 'Settings of the queues; for type Queue only.',
    type: 'Queue lets them wait, Reject answers 429 Too Many Requests.',
  },
  QueuingConfiguration: {
    '': 'Queues in which requests wait.',
    handSize: 'How many queues a flow may use; more of them let quiet flows pass busy ones. Default 8.',
    queueLengthLimit: 'How many requests may wait in a queue; those beyond are answered 429. Default 50.',
    queues: 'Number of queues; more of them keep flows out of each other. Default 64.',
  },
  PriorityLevelConfigurationStatus: { '': 'Written by the controller.', conditions: 'Aspects of its state, by type.' },
  PriorityLevelConfigurationCondition: {
    '': 'One aspect of the state of a priority level.',
    ...condition,
    type: 'Which condition this is, in CamelCase.',
  },
});
