import { type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Limits and quotas of namespaces. */
export const limits: Descriptions = inPackage('io.k8s.api.core.v1', {
  LimitRange: {
    '': 'Bounds and defaults for the resources of single objects of a namespace.',
    spec: 'The bounds.',
  },
  LimitRangeSpec: { '': 'Objects that break a bound are refused when they are created or changed.', limits: 'Bounds by type of object.' },
  LimitRangeItem: {
    '': 'Bounds for one type of object, by name of the resource.',
    default: 'Limits that containers get when they set none.',
    defaultRequest: 'Requests that containers get when they set none.',
    max: 'Most that an object may use.',
    maxLimitRequestRatio: 'Most that a limit may be, as a multiple of its request.',
    min: 'Least that an object must use.',
    type: 'What is bound: Container, Pod or PersistentVolumeClaim.',
  },
  ResourceQuota: {
    '': 'Bounds for what a whole namespace may use.',
    spec: 'The bounds.',
    status: 'The bounds in force, and how much is used.',
  },
  ResourceQuotaSpec: {
    '': 'Objects that would exceed a bound are refused; those that are there stay.',
    hard: 'Most of each resource, such as requests.cpu, limits.memory, pods or count/RESOURCE.GROUP.',
    scopeSelector: 'Which objects count, by scopes and their values; those of scopes are demanded too.',
    scopes: 'Which objects count: only those to which all of these apply. Default: all.',
  },
  ResourceQuotaStatus: {
    '': 'Written by the quota controller; it may lag behind.',
    hard: 'Bounds in force, by name of the resource.',
    used: 'Amounts in use, by name of the resource.',
  },
  ScopeSelector: {
    '': 'Used for scopes that have values, such as PriorityClass.',
    matchExpressions: 'Demands on scopes; all must be met.',
  },
  ScopedResourceSelectorRequirement: {
    '': 'A scope, and for some its values.',
    operator: 'How scope and values relate; only PriorityClass and VolumeAttributesClass take In and NotIn.',
    scopeName: 'The scope that is looked at.',
    values: 'Values to compare with: at least one for In and NotIn, none for Exists and DoesNotExist.',
  },
});
