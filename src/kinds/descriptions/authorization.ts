import { type Descriptions, inPackage } from '../lib/descriptions.ts';

const attributes = {
  nonResourceAttributes: 'The path that is asked for; instead of resourceAttributes.',
  resourceAttributes: 'The resource that is asked for; instead of nonResourceAttributes.',
};
const selector = {
  rawSelector: 'The selector as a query gives it; the server takes it apart, programs should read requirements.',
  requirements: 'Demands of the selector, all of which are met. Not together with rawSelector.',
};

/** Who may do what, for asking. */
export const authorization: Descriptions = inPackage('io.k8s.api.authorization.v1', {
  SubjectAccessReview: {
    '': 'Asks whether a user may do something.',
    spec: 'Who wants to do what.',
    status: 'The answer; set by the server.',
  },
  LocalSubjectAccessReview: {
    '': 'Asks whether a user may do something in one namespace.',
    spec: 'Who wants to do what; its namespace must be that of the request.',
    status: 'The answer; set by the server.',
  },
  SelfSubjectAccessReview: {
    '': 'Asks whether the one who asks may do something.',
    spec: 'What they want to do.',
    status: 'The answer; set by the server.',
  },
  SelfSubjectRulesReview: {
    '': 'Asks what the one who asks may do in a namespace; for showing only, as it may be incomplete.',
    spec: 'The namespace.',
    status: 'The answer; set by the server.',
  },
  SubjectAccessReviewSpec: {
    '': 'At least one of user and groups, and exactly one kind of attributes, is set.',
    ...attributes,
    extra: 'More about the user, by key.',
    groups: 'Groups of the user.',
    uid: 'UID of the user.',
    user: 'Name of the user.',
  },
  SelfSubjectAccessReviewSpec: { '': 'Exactly one kind of attributes is set.', ...attributes },
  SelfSubjectRulesReviewSpec: { '': 'Where somebody wants to do things.', namespace: 'Name of the namespace.' },
  ResourceAttributes: {
    '': 'A request for a resource; empty fields and "*" stand for all.',
    fieldSelector: 'Restriction of the request by fields; it can only narrow what is allowed.',
    group: 'API group; empty for the core, "*" for all.',
    labelSelector: 'Restriction of the request by labels; it can only narrow what is allowed.',
    name: 'Name of the object; empty for all.',
    namespace: 'Namespace; empty for objects of the whole cluster, or for all namespaces.',
    resource: 'Resource in the plural; "*" for all.',
    subresource: 'Subresource; empty for the resource itself.',
    verb: 'Verb, such as get, list, watch, create, update, patch, delete; "*" for all.',
    version: 'API version; "*" for all.',
  },
  FieldSelectorAttributes: { '': 'A restriction by fields; one of the two is set.', ...selector },
  LabelSelectorAttributes: { '': 'A restriction by labels; one of the two is set.', ...selector },
  NonResourceAttributes: {
    '': 'A request for a path that is no resource.',
    path: 'The path, such as /healthz.',
    verb: 'HTTP method in small letters, such as get.',
  },
  SubjectAccessReviewStatus: {
    '': 'Both false means that nobody has decided, which counts as no.',
    allowed: 'Whether it is allowed.',
    denied: 'Whether it is explicitly denied; when neither allowed nor denied, nobody has decided.',
    evaluationError: 'What went wrong during the check; an answer is possible all the same.',
    reason: 'Why it is allowed or denied.',
  },
  SubjectRulesReviewStatus: {
    '': 'What somebody may do.',
    evaluationError: 'What went wrong; the rules found are shown all the same.',
    incomplete: 'Whether there may be more rules than shown.',
    nonResourceRules: 'Paths that are allowed.',
    resourceRules: 'Operations on resources that are allowed.',
  },
  ResourceRule: {
    '': 'The order of rules means nothing; there may be duplicates.',
    apiGroups: 'API groups; "*" for all.',
    resourceNames: 'Names of the objects. Default: all.',
    resources: 'Resources, with a subresource after a slash; "*" for all.',
    verbs: 'Verbs; "*" for all.',
  },
  NonResourceRule: {
    '': 'The order of rules means nothing; there may be duplicates.',
    nonResourceURLs: 'The paths; "*" at the end stands for all beneath.',
    verbs: 'HTTP methods in small letters; "*" for all.',
  },
});
