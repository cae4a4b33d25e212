import { keyText } from '../../api/meta.ts';
import { isAlreadyExists, isNotFound, StatusError } from '../../api/status.ts';
import type { ControllerContext } from '../../client/controller.ts';
import type { Cache } from '../../client/informer.ts';
import { Deployment } from '../../kinds/apps/deployment.ts';
import { ReplicaSet } from '../../kinds/apps/replica-set.ts';
import {
  type Annotations,
  byRevision,
  generationsOf,
  type Generations,
  hashLabel,
  lastRevision,
  maxRevision,
  newestAnnotations,
  replicaSetName,
  replicasAnnotations,
  revisionAnnotation,
  revisionOf,
  rollbackToAnnotation,
  rolledBackAnnotations,
  sameTemplate,
  sizeOf,
} from './deployment-replica-sets.ts';
import { fenceposts, newestSize, replicasOf, type Step } from './deployment-scaling.ts';
import { conditionOf, deadlineMs, newCondition, type Status, withCondition } from './deployment-status.ts';
import { sameJson } from '../../base/equal.ts';
import { templateHash } from './hash.ts';
import { controllerReference } from './owned.ts';
import type { OwnWrites } from './own-writes.ts';
import { sameStatus } from './replica-set-status.ts';

const keepsAll = 2147483647;

/** One look at a deployment: what is known, and the status and annotations that it will get. */
export class Rollout {
  readonly deployment: Deployment;
  readonly context: ControllerContext;
  readonly id: string;
  status: Status;
  annotations: Annotations;
  readonly #writes: OwnWrites;
  readonly #deployments: Cache<Deployment>;
  readonly #replicaSets: Cache<ReplicaSet>;

  constructor(deployment: Deployment, context: ControllerContext, writes: OwnWrites) {
    this.deployment = deployment;
    this.context = context;
    this.id = keyText(deployment.metadata);
    this.status = deployment.status;
    this.annotations = deployment.metadata.annotations ?? {};
    this.#writes = writes;
    this.#deployments = context.cache(Deployment);
    this.#replicaSets = context.cache(ReplicaSet);
  }
  get nowMs(): number {
    return this.context.clock.now();
  }
  wrote(replicaSet: ReplicaSet): void {
    this.#writes.wrote(this.id, this.#replicaSets, replicaSet);
  }

  /** Writes the status, and the revision among the annotations, if they changed. */
  async save(): Promise<void> {
    const { deployment, status, annotations } = this;
    if (sameStatus(status, deployment.status) && sameJson(annotations, deployment.metadata.annotations ?? {})) return;
    const changed = { ...deployment, metadata: { ...deployment.metadata, annotations }, status };
    this.#writes.wrote(this.id, this.#deployments, await this.context.client.updateStatus(Deployment, changed));
  }

  /** The newest ReplicaSet with its annotations brought up to date, and the old ones. */
  async generations(replicaSets: readonly ReplicaSet[]): Promise<Generations> {
    const { newest, old } = generationsOf(this.deployment, replicaSets);
    if (newest === undefined) return { newest, old };
    const present = newest.metadata.annotations ?? {};
    const annotations = newestAnnotations(this.deployment, present, maxRevision(old) + 1n);
    const minReadySeconds = this.deployment.spec.minReadySeconds;
    let updated = newest;
    if (!sameJson(annotations, present) || (newest.spec.minReadySeconds ?? 0) !== (minReadySeconds ?? 0)) {
      const metadata = { ...newest.metadata, annotations };
      updated = await this.context.client.update(ReplicaSet, { ...newest, metadata, spec: { ...newest.spec, minReadySeconds } });
      this.wrote(updated);
    }
    this.#setRevision(annotations[revisionAnnotation]);
    if (deadlineMs(this.deployment) !== undefined && conditionOf(this.status, 'Progressing') === undefined) {
      this.#progressing('True', 'FoundNewReplicaSet', `Found new replica set "${newest.metadata.name}"`);
    }
    return { newest: updated, old };
  }

  /** Makes the ReplicaSet of the deployment's template. Throws after it told the failure in the status. */
  async createNewest(old: readonly ReplicaSet[]): Promise<ReplicaSet> {
    const { deployment, context } = this;
    const { name, namespace } = deployment.metadata;
    const { template, minReadySeconds } = deployment.spec;
    const selector = deployment.spec.selector ?? {};
    const hash = templateHash(template, this.status.collisionCount);
    const labels = { ...template.metadata?.labels, [hashLabel]: hash };
    const size = newestSize(deployment, old, 0);
    const revision = maxRevision(old) + 1n;
    const newName = replicaSetName(name, hash);
    const annotations = {
      ...newestAnnotations(deployment, {}, revision),
      ...replicasAnnotations(replicasOf(deployment), fenceposts(deployment).surge),
    };
    let created: ReplicaSet;
    try {
      created = await context.client.create(ReplicaSet, {
        metadata: { name: newName, namespace, labels, annotations, ownerReferences: [controllerReference(Deployment, deployment)] },
        spec: {
          replicas: size,
          minReadySeconds,
          selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
          template: { ...template, metadata: { ...template.metadata, labels } },
        },
      });
    } catch (error) {
      if (isAlreadyExists(error)) return await this.#existing(newName, error);
      await this.#creationFailed(newName, error);
      throw error;
    }
    this.wrote(created);
    if (size > 0) context.events.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${newName} from 0 to ${size}`);
    this.#setRevision(String(revision));
    if (deadlineMs(deployment) !== undefined) this.#progressing('True', 'NewReplicaSetCreated', `Created new replica set "${newName}"`);
    return created;
  }

  /** True when the size of any ReplicaSet was changed. The results replace the old ones in `replicaSets`. */
  async scale(steps: readonly Step[], replicaSets: ReplicaSet[]): Promise<boolean> {
    const { deployment, context } = this;
    const annotations = replicasAnnotations(replicasOf(deployment), fenceposts(deployment).surge);
    let scaled = false;
    for (const { replicaSet, size, annotate } of steps) {
      const before = sizeOf(replicaSet);
      const present = replicaSet.metadata.annotations ?? {};
      if (before === size && (!annotate || sameJson({ ...present, ...annotations }, present))) continue;
      const metadata = { ...replicaSet.metadata, annotations: { ...present, ...annotations } };
      const updated = await context.client.update(ReplicaSet, { ...replicaSet, metadata, spec: { ...replicaSet.spec, replicas: size } });
      this.wrote(updated);
      replicaSets.splice(replicaSets.indexOf(replicaSet), 1, updated);
      if (before === size) continue;
      scaled = true;
      const message = `Scaled ${before < size ? 'up' : 'down'} replica set ${updated.metadata.name} from ${before} to ${size}`;
      context.events.event(deployment, 'Normal', 'ScalingReplicaSet', message);
    }
    return scaled;
  }

  /** Deletes empty old ReplicaSets beyond revisionHistoryLimit, the oldest revisions first. */
  async cleanUp(old: readonly ReplicaSet[]): Promise<void> {
    const limit = this.deployment.spec.revisionHistoryLimit;
    if (limit === undefined || limit === keepsAll) return;
    const alive = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined).sort(byRevision);
    for (const replicaSet of alive.slice(0, Math.max(0, alive.length - limit))) {
      const { metadata, status } = replicaSet;
      if ((status.replicas ?? 0) !== 0 || sizeOf(replicaSet) !== 0 || (metadata.generation ?? 0) > (status.observedGeneration ?? 0))
        continue;
      const { uid, resourceVersion } = metadata;
      await this.context.client.delete(ReplicaSet, metadata, { preconditions: { uid, resourceVersion } }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
  }

  /** The old way to ask for a rollback, by annotation. The template comes back by an update that drops the annotation. */
  async rollBack(wanted: number, all: readonly ReplicaSet[]): Promise<void> {
    const { deployment, context } = this;
    const { [rollbackToAnnotation]: _, ...kept } = this.annotations;
    const write = async (annotations: Annotations, template: Deployment['spec']['template']) => {
      const changed = { ...deployment, metadata: { ...deployment.metadata, annotations }, spec: { ...deployment.spec, template } };
      this.#writes.wrote(this.id, this.#deployments, await context.client.update(Deployment, changed));
    };
    const revision = wanted === 0 ? lastRevision(all) : BigInt(wanted);
    const target = revision === 0n ? undefined : all.find((each) => revisionOf(each) === revision);
    if (target === undefined) {
      const message = revision === 0n ? 'Unable to find last revision.' : 'Unable to find the revision to rollback to.';
      context.events.event(deployment, 'Warning', 'DeploymentRollbackRevisionNotFound', message);
      return await write(kept, deployment.spec.template);
    }
    const { name } = deployment.metadata;
    const template = target.spec.template as Deployment['spec']['template'];
    if (sameTemplate(template, deployment.spec.template)) {
      const message = `The rollback revision contains the same template as current deployment "${name}"`;
      context.events.event(deployment, 'Warning', 'DeploymentRollbackTemplateUnchanged', message);
      return await write(kept, deployment.spec.template);
    }
    const { [hashLabel]: __, ...labels } = template.metadata?.labels ?? {};
    await write(rolledBackAnnotations(deployment, target), { ...template, metadata: { ...template.metadata, labels } });
    context.events.event(deployment, 'Normal', 'DeploymentRollback', `Rolled back deployment "${name}" to revision ${revision}`);
  }

  #setRevision(revision: string | undefined): void {
    if (revision !== undefined) this.annotations = { ...this.annotations, [revisionAnnotation]: revision };
  }
  #progressing(status: string, reason: string, message: string): void {
    this.status = withCondition(this.status, newCondition('Progressing', status, reason, message, this.nowMs));
  }

  /** A ReplicaSet of the wanted name is there: our own that the cache did not show, or another one whose hash collides. */
  async #existing(name: string, error: unknown): Promise<ReplicaSet> {
    const { deployment, context } = this;
    const found = await context.client.get(ReplicaSet, { namespace: deployment.metadata.namespace, name });
    const owner = found.metadata.ownerReferences?.find(({ controller }) => controller === true);
    const template = found.spec.template as Deployment['spec']['template'];
    if (owner?.uid === deployment.metadata.uid && sameTemplate(template, deployment.spec.template)) {
      this.wrote(found);
      this.#setRevision(found.metadata.annotations?.[revisionAnnotation]);
      return found;
    }
    this.status = { ...this.status, collisionCount: (this.status.collisionCount ?? 0) + 1 };
    await this.save();
    throw error;
  }

  async #creationFailed(name: string, error: unknown): Promise<void> {
    if (error instanceof StatusError && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) return;
    const message = `Failed to create new replica set "${name}": ${error instanceof Error ? error.message : String(error)}`;
    if (deadlineMs(this.deployment) !== undefined) {
      this.#progressing('False', 'ReplicaSetCreateError', message);
      await this.save().catch(() => undefined);
    }
    this.context.events.event(this.deployment, 'Warning', 'ReplicaSetCreateError', message);
  }
}
