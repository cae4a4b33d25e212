import { type Descriptions, inPackage } from '../lib/descriptions.ts';

const failurePolicy = 'Whether a request is let through (Ignore) or refused (Fail, default) when the check itself goes wrong.';
const matchPolicy =
  'Whether rules fit only the groups and versions they name (Exact), or all forms of the same resource (Equivalent, default).';
const namespaceSelector = 'Labels of the namespaces whose objects are meant; objects of no namespace are always meant. Default: all.';
const objectSelector = 'Labels of the objects that are meant, before or after the change. Default: all.';
const reinvocationPolicy = 'Whether it is called again when later changes touch the object (IfNeeded), or only once (Never, default).';

const rule = {
  apiGroups: 'API groups that are meant; "*" for all, "" for the core.',
  apiVersions: 'API versions that are meant; "*" for all.',
  operations: 'Operations that are meant; "*" for all.',
  resources: 'Resources that are meant, such as pods, pods/log, pods/*, */scale; "*" for all without and "*/*" for all with subresources.',
  scope: 'Whether resources of the cluster, of namespaces, or both (*, default) are meant.',
};
const webhook = {
  admissionReviewVersions: 'Versions of AdmissionReview that the webhook takes, the best first; the server sends the first it knows.',
  clientConfig: 'How the webhook is reached.',
  failurePolicy,
  matchConditions: 'CEL conditions that must all be true for the webhook to be called; at most 64.',
  matchPolicy,
  name: 'Full domain name of the webhook, such as check.example.com.',
  namespaceSelector,
  objectSelector,
  rules: 'Requests that the webhook is called for: those that any rule fits.',
  sideEffects: 'Whether a call has effects elsewhere: None, or NoneOnDryRun; others are no longer accepted.',
  timeoutSeconds: 'Seconds the webhook has to answer, 1 to 30. Default 10.',
};
const policy = {
  failurePolicy,
  matchConditions: 'CEL conditions that must all be true for the policy to apply; at most 64.',
  matchConstraints: 'Requests that the policy applies to.',
  paramKind: 'Kind of the parameters that expressions see as params. Default: no parameters.',
  variables: 'CEL expressions that others see as variables.NAME; each may use the ones before it.',
};
const binding = {
  matchResources: 'Requests among those of the policy that the binding is for. Default: all of them.',
  paramRef: 'Parameters for the policy; needed when it has a paramKind.',
  policyName: 'Name of the policy.',
};

/** Admission webhooks and policies. */
export const admissionregistration: Descriptions = inPackage('io.k8s.api.admissionregistration.v1', {
  MutatingWebhookConfiguration: {
    '': 'Webhooks that may change objects before they are stored.',
    webhooks: 'The webhooks and what they are called for.',
  },
  MutatingWebhook: { '': 'A webhook that may change objects.', ...webhook, reinvocationPolicy },
  ValidatingWebhookConfiguration: {
    '': 'Webhooks that may refuse requests.',
    webhooks: 'The webhooks and what they are called for.',
  },
  ValidatingWebhook: { '': 'A webhook that may refuse requests.', ...webhook },
  RuleWithOperations: { '': 'A set of operations on resources; each list must have an entry that fits.', ...rule },
  NamedRuleWithOperations: {
    '': 'A set of operations on resources; each list must have an entry that fits.',
    ...rule,
    resourceNames: 'Names of the objects that are meant. Default: all.',
  },
  WebhookClientConfig: {
    '': 'Exactly one of url and service is set; the webhook is always called over TLS.',
    caBundle: "Certificates, as PEM, that sign the webhook's certificate. Default: those the server trusts.",
    service: 'A Service of the cluster.',
    url: 'URL of the webhook, https, without user, query and fragment.',
  },
  ServiceReference: {
    '': 'A Service that is called.',
    name: 'Name of the Service.',
    namespace: 'Namespace of the Service.',
    path: 'Path that is called. Default /.',
    port: 'Port that is called. Default 443.',
  },
  MatchCondition: {
    '': 'A name and an expression that gives true or false.',
    expression: 'CEL expression that gives true or false; it sees object, oldObject, request and authorizer.',
    name: 'Name of the condition, unique among them.',
  },
  MatchResources: {
    '': 'Which requests are meant: those that a rule fits, that no exclusion fits, and whose labels fit.',
    excludeResourceRules: 'Requests that are left out; they win over resourceRules.',
    matchPolicy,
    namespaceSelector,
    objectSelector,
    resourceRules: 'Requests that are meant: those that any rule fits.',
  },
  ParamKind: {
    '': 'Kind of the parameters of a policy.',
    apiVersion: 'Group and version of the kind.',
    kind: 'The kind.',
  },
  ParamRef: {
    '': 'Selects the objects that are the parameters of a policy; exactly one of name and selector is set.',
    name: 'Name of the object.',
    namespace: 'Namespace of the objects. Default: that of the request, when the kind has namespaces.',
    parameterNotFoundAction: 'What happens when there is no such object: Allow skips the binding, Deny follows failurePolicy.',
    selector: 'Labels of the objects; the policy is applied with each of them.',
  },
  Variable: {
    '': 'Worked out when first used, once for each request.',
    expression: 'The CEL expression.',
    name: 'Name, a CEL identifier; others see it as variables.NAME.',
  },
  ValidatingAdmissionPolicy: {
    '': 'Checks requests by CEL expressions, once a binding puts it in force.',
    spec: 'What is checked.',
    status: 'What was found in the expressions.',
  },
  ValidatingAdmissionPolicySpec: {
    '': 'Has no effect until a binding names the policy.',
    ...policy,
    auditAnnotations: 'Notes for the audit log; at least one of these and validations is needed.',
    validations: 'Checks, all of which must hold.',
  },
  Validation: {
    '': 'A check in CEL.',
    expression: 'CEL expression that must be true; it sees object, oldObject, request, params, namespaceObject, variables and authorizer.',
    message: 'What is said when the check fails; needed when the expression has several lines. Default: the expression.',
    messageExpression: 'CEL expression that gives the message; it wins over message.',
    reason: 'Status reason when the check fails: Unauthorized, Forbidden, Invalid (default) or RequestEntityTooLarge.',
  },
  AuditAnnotation: {
    '': 'A key and an expression for its value.',
    key: 'Key of the note, which is written as POLICY/KEY.',
    valueExpression: 'CEL expression that gives the text; with null, no note is made.',
  },
  ValidatingAdmissionPolicyStatus: {
    '': 'Written by the controller that checks the types in expressions.',
    conditions: 'Aspects of its state, by type.',
    observedGeneration: 'metadata.generation that was looked at last.',
    typeChecking: 'Warnings about types in its expressions; there once the check is done.',
  },
  TypeChecking: { '': 'What a check of the types in expressions found.', expressionWarnings: 'Warnings, by expression.' },
  ExpressionWarning: {
    '': 'A warning about an expression.',
    fieldRef: 'Path of the expression, such as spec.validations[0].expression.',
    warning: 'The warning, for people.',
  },
  ValidatingAdmissionPolicyBinding: {
    '': 'Puts a policy in force, with parameters, for some or all requests.',
    spec: 'Which policy, and for what.',
  },
  ValidatingAdmissionPolicyBindingSpec: {
    '': 'A policy may have many bindings; each is checked by itself.',
    ...binding,
    validationActions:
      'What a failed check does: refuse the request, warn the client, note it in the audit log. Deny and Warn exclude each other.',
  },
  MutatingAdmissionPolicy: {
    '': 'Changes objects by CEL expressions, once a binding puts it in force.',
    spec: 'What is changed.',
  },
  MutatingAdmissionPolicySpec: {
    '': 'Has no effect until a binding names the policy.',
    ...policy,
    mutations: 'The changes, made one after the other; at least one.',
    reinvocationPolicy,
  },
  Mutation: {
    '': 'A change in CEL; the field that patchType names is set.',
    applyConfiguration: 'A change by server-side apply.',
    jsonPatch: 'A change by JSON patch.',
    patchType: 'How the change is given.',
  },
  ApplyConfiguration: {
    '': 'Fields that the result names are set as by an apply; atomic lists and maps cannot be changed.',
    expression: 'CEL expression that gives the fields to apply, as Object{...}.',
  },
  JSONPatch: {
    '': 'Paths are made with jsonpatch.escapeKey where keys have slashes.',
    expression: 'CEL expression that gives a list of JSONPatch{op, path, from, value}.',
  },
  MutatingAdmissionPolicyBinding: {
    '': 'Puts a policy in force, with parameters, for some or all requests.',
    spec: 'Which policy, and for what.',
  },
  MutatingAdmissionPolicyBindingSpec: { '': 'A policy may have many bindings, each with parameters of its own.', ...binding },
});
