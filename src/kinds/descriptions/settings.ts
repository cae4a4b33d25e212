import { type Descriptions, inPackage } from '../lib/descriptions.ts';

/** ConfigMaps, Secrets, service accounts, and references to objects. */
export const settings: Descriptions = inPackage('io.k8s.api.core.v1', {
  ConfigMap: {
    '': 'Settings for Pods, which need not be kept secret.',
    binaryData: 'Values of any bytes, in base64, by key; keys must not be in data too.',
    data: 'Values as text, by key; keys consist of letters, digits, "-", "_" and ".".',
    immutable: 'Whether data can no longer be changed; once true it stays. Default false.',
  },
  Secret: {
    '': 'Small confidential values, such as passwords and keys; at most 1 MiB.',
    data: 'Values of any bytes, in base64, by key; keys consist of letters, digits, "-", "_" and ".".',
    immutable: 'Whether data can no longer be changed; once true it stays. Default false.',
    stringData: 'Values as plain text, for writing only: they go into data and win over it.',
    type: 'What the Secret is for, such as kubernetes.io/tls; programs check data by it. Default Opaque. It cannot be changed.',
  },
  ServiceAccount: {
    '': 'An identity for processes that run in Pods.',
    automountServiceAccountToken: 'Whether Pods get a token of the account mounted; Pods may say otherwise. Default true.',
    imagePullSecrets: 'Secrets for pulling images that Pods of the account get when they name none.',
    secrets:
      'Secrets that Pods of the account are limited to when its (deprecated) annotation kubernetes.io/enforce-mountable-secrets is true.',
  },
  ObjectReference: {
    '': 'Names another object.',
    apiVersion: 'Group and version of the object.',
    fieldPath: 'Part of the object that is meant, such as spec.containers{NAME}.',
    kind: 'Kind of the object.',
    name: 'Name of the object.',
    namespace: 'Namespace of the object.',
    resourceVersion: 'Resource version of the object that is meant, if a certain one is.',
    uid: 'UID of the object.',
  },
  LocalObjectReference: {
    '': 'Names an object of the same namespace.',
    name: 'Name of the object.',
  },
  TypedLocalObjectReference: {
    '': 'Names an object of any kind in the same namespace.',
    apiGroup: 'Group of the object; empty for the core.',
    kind: 'Kind of the object.',
    name: 'Name of the object.',
  },
  TypedObjectReference: {
    '': 'Names an object of any kind.',
    apiGroup: 'Group of the object; empty for the core.',
    kind: 'Kind of the object.',
    name: 'Name of the object.',
    namespace: 'Namespace of the object; in another one, a ReferenceGrant there must allow it. Default: the same.',
  },
  SecretReference: {
    '': 'Names a Secret of any namespace.',
    name: 'Name of the Secret.',
    namespace: 'Namespace of the Secret.',
  },
});
