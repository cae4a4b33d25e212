import type { AnyKind, Input } from '../../api/kind.ts';
import { type ApiObject, keyText } from '../../api/meta.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { isNotFound, StatusError } from '../../api/status.ts';
import type { ControllerContext } from '../../client/controller.ts';
import type { Cache } from '../../client/informer.ts';
import { Pod } from '../../kinds/core/pod.ts';
import type { PodTemplateSpec } from '../../kinds/core/shapes/pod-template.ts';
import type { Labels } from './labels.ts';
import { controllerReference } from './owned.ts';
import type { OwnWrites } from './own-writes.ts';

/** Makes and deletes pods for a workload, tells of it in events, and remembers it (pkg/controller RealPodControl). */
export interface PodControl {
  readonly context: ControllerContext;
  readonly writes: OwnWrites;
  readonly pods: Cache<Pod>;
}

const endsWithNamespace = (error: unknown) =>
  error instanceof StatusError && (error.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating');
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The dash makes names prettier where they do not become too long. */
export function podNamePrefix(owner: string): string {
  const prefix = `${owner}-`;
  return isDns1123Subdomain(`${prefix.slice(0, -2)}a`).length === 0 ? prefix : owner;
}

export interface PodChanges {
  readonly name?: string;
  readonly generateName?: string;
  readonly labels?: Labels;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly spec?: PodTemplateSpec['spec'];
}

/** A pod as a template asks for it, which `owner` controls; `changes` say what is different. */
export function podOf(kind: AnyKind, owner: ApiObject, template: PodTemplateSpec | undefined, changes: PodChanges = {}): Input<Pod> {
  const { metadata } = template ?? {};
  const { spec = template?.spec, name, generateName = podNamePrefix(owner.metadata.name), ...more } = changes;
  return {
    metadata: {
      ...(name === undefined ? {} : { name }),
      generateName,
      namespace: owner.metadata.namespace,
      labels: metadata?.labels,
      annotations: metadata?.annotations,
      finalizers: metadata?.finalizers,
      ...more,
      ownerReferences: [controllerReference(kind, owner)],
    },
    spec,
  } as Input<Pod>;
}

/** undefined: the namespace is being deleted, so nothing can be made in it any more. Throws after an event else. */
export async function createPod({ context, writes, pods }: PodControl, owner: ApiObject, wanted: Input<Pod>): Promise<Pod | undefined> {
  try {
    const pod = await context.client.create(Pod, wanted);
    writes.wrote(keyText(owner.metadata), pods, pod);
    context.events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    return pod;
  } catch (error) {
    if (endsWithNamespace(error)) return undefined;
    context.events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
    throw error;
  }
}

/** Nothing happens to a pod that is gone, or was replaced by another one of its name. Throws after an event for other errors. */
export async function deletePod({ context, writes, pods }: PodControl, owner: ApiObject, pod: Pod): Promise<void> {
  try {
    await context.client.delete(Pod, pod.metadata, { preconditions: { uid: pod.metadata.uid } });
  } catch (error) {
    if (isNotFound(error) || (error instanceof StatusError && error.code === 409)) return;
    context.events.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
    throw error;
  }
  writes.deleted(keyText(owner.metadata), pods, pod);
  context.events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
}
