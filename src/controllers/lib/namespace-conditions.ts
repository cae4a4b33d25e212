import { formatTime } from '../../api/gotime.ts';
import type { Namespace } from '../../kinds/core/namespace.ts';

type Condition = NonNullable<Namespace['status']['conditions']>[number];

/** What an attempt to empty a namespace came to. */
export interface Progress {
  /** Groups and versions of which nobody can tell what is in them. */
  readonly unknown: readonly string[];
  readonly failures: readonly string[];
  /** 'pods.' -> how many are left */
  readonly remaining: ReadonlyMap<string, number>;
  readonly finalizers: ReadonlyMap<string, number>;
}

const listed = (counts: ReadonlyMap<string, number>, text: (name: string, count: number) => string) =>
  [...counts]
    .map(([name, count]) => text(name, count))
    .sort()
    .join(', ');

/** What is wrong with discovery, in the words of client-go; at most one fault. */
export function discoveryFaults({ unknown }: Pick<Progress, 'unknown'>): readonly string[] {
  if (unknown.length === 0) return [];
  const each = [...unknown].sort().map((name) => `${name}: stale GroupVersion discovery: ${name}`);
  return [`unable to retrieve the complete list of server APIs: ${each.join(', ')}`];
}

function found({
  unknown,
  failures,
  remaining,
  finalizers,
}: Progress): readonly (readonly [type: string, failing: boolean, reason: string, message: string])[] {
  const [fault] = discoveryFaults({ unknown });
  const failed = failures.length > 0;
  const left = remaining.size > 0;
  const held = finalizers.size > 0;
  return [
    fault !== undefined
      ? [
          'NamespaceDeletionDiscoveryFailure',
          true,
          'DiscoveryFailed',
          `Discovery failed for some groups, ${unknown.length} failing: ${fault}`,
        ]
      : ['NamespaceDeletionDiscoveryFailure', false, 'ResourcesDiscovered', 'All resources successfully discovered'],
    ['NamespaceDeletionGroupVersionParsingFailure', false, 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    failed
      ? [
          'NamespaceDeletionContentFailure',
          true,
          'ContentDeletionFailed',
          `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(', ')}`,
        ]
      : ['NamespaceDeletionContentFailure', false, 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    left
      ? [
          'NamespaceContentRemaining',
          true,
          'SomeResourcesRemain',
          `Some resources are remaining: ${listed(remaining, (name, count) => `${name} has ${count} resource instances`)}`,
        ]
      : ['NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed'],
    held
      ? [
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${listed(finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
        ]
      : ['NamespaceFinalizersRemaining', false, 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
  ];
}

/** The conditions of a namespace that is being emptied; the same array when nothing changed. */
export function namespaceConditions(present: readonly Condition[], progress: Progress, nowMs: number): readonly Condition[] {
  const conditions = [...present];
  let changed = false;
  for (const [type, failing, reason, message] of found(progress)) {
    const status = failing ? 'True' : 'False';
    const index = conditions.findIndex((each) => each.type === type);
    const old = conditions[index];
    if (old?.status === status && old.reason === reason && old.message === message) continue;
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : formatTime(nowMs);
    changed = true;
    conditions.splice(index < 0 ? conditions.length : index, 1, { type, status, reason, message, lastTransitionTime });
  }
  return changed ? conditions : present;
}
