import type { Input } from '../../api/kind.ts';
import { keyText } from '../../api/meta.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../api/status.ts';
import type { ControllerContext } from '../../client/controller.ts';
import type { Cache } from '../../client/informer.ts';
import { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { Pod } from '../../kinds/core/pod.ts';
import type { StatefulSet } from '../../kinds/apps/stateful-set.ts';
import { hasOtherController, isStaleFor, ownersAreRight, rightOwners } from './claim-retention.ts';
import { messageOf } from './pod-control.ts';
import type { OwnWrites } from './own-writes.ts';
import { claimsOf, hasIdentity, hasStorage, identityLabels, memberPod, ordinalOf, volumesOf } from './stateful-set-pods.ts';

type Named = { readonly metadata: { readonly name: string; readonly uid?: string } };
const capitalized = (verb: string) => `${verb[0]!.toUpperCase()}${verb.slice(1)}`;
const conflictTries = 5;

/** Acts on the pods and claims of one StatefulSet and tells of it in events (pkg/controller/statefulset StatefulPodControl). */
export class StatefulSetWork {
  readonly #set: StatefulSet;
  readonly #context: ControllerContext;
  readonly #writes: OwnWrites;
  readonly #pods: Cache<Pod>;
  constructor(set: StatefulSet, context: ControllerContext, writes: OwnWrites, pods: Cache<Pod>) {
    this.#set = set;
    this.#context = context;
    this.#writes = writes;
    this.#pods = pods;
  }
  get #id(): string {
    return keyText(this.#set.metadata);
  }
  get #claims(): Cache<PersistentVolumeClaim> {
    return this.#context.cache(PersistentVolumeClaim);
  }
  #event(verb: string, { metadata }: Named, error?: unknown): void {
    const about = `${capitalized(verb)} Pod ${metadata.name} in StatefulSet ${this.#set.metadata.name}`;
    if (error === undefined) this.#context.events.event(this.#set, 'Normal', `Successful${capitalized(verb)}`, `${about} successful`);
    else this.#context.events.event(this.#set, 'Warning', `Failed${capitalized(verb)}`, `${about} failed error: ${messageOf(error)}`);
  }
  #claimEvent(claim: string, pod: Named, error?: unknown): void {
    const where = `Pod ${pod.metadata.name} in StatefulSet ${this.#set.metadata.name}`;
    if (error === undefined) this.#context.events.event(this.#set, 'Normal', 'SuccessfulCreate', `Create Claim ${claim} ${where} success`);
    else
      this.#context.events.event(
        this.#set,
        'Warning',
        'FailedCreate',
        `Create Claim ${claim} for ${where} failed error: ${messageOf(error)}`,
      );
  }

  #knownClaims(pod: Named): readonly PersistentVolumeClaim[] {
    const wanted = claimsOf(this.#set, ordinalOf(pod)).map(({ metadata }) => metadata.name);
    const { namespace } = this.#set.metadata;
    return wanted.map((name) => this.#claims.get({ namespace, name })).filter((claim) => claim !== undefined);
  }
  async #createClaims(pod: Named): Promise<void> {
    const problems: string[] = [];
    for (const wanted of claimsOf(this.#set, ordinalOf(pod))) {
      const { name } = wanted.metadata;
      const found = this.#claims.get({ namespace: this.#set.metadata.namespace, name });
      if (found?.metadata.deletionTimestamp !== undefined) problems.push(`pvc ${name} is being deleted`);
      if (found !== undefined) continue;
      try {
        this.#writes.wrote(this.#id, this.#claims, await this.#context.client.create(PersistentVolumeClaim, wanted));
        this.#claimEvent(name, pod);
      } catch (error) {
        problems.push(`failed to create PVC ${name}: ${messageOf(error)}`);
        if (!isAlreadyExists(error)) this.#claimEvent(name, pod, error);
      }
    }
    if (problems.length > 0) throw new Error(problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`);
  }
  /** Claims belong to whom the retention policy says. */
  async ownClaims(pod: Named): Promise<void> {
    for (const claim of this.#knownClaims(pod)) {
      const owned = { claim, set: this.#set, pod };
      if (hasOtherController(owned)) {
        const message =
          `PersistentVolumeClaim ${claim.metadata.name} has a conflicting OwnerReference that acts as a manging controller, ` +
          'the retention policy is ignored for this claim';
        this.#context.events.event(this.#set, 'Warning', 'ConflictingController', message);
      }
      if (ownersAreRight(owned)) continue;
      const metadata = { ...claim.metadata, ownerReferences: rightOwners(owned) };
      try {
        this.#writes.wrote(this.#id, this.#claims, await this.#context.client.update(PersistentVolumeClaim, { ...claim, metadata }));
      } catch (error) {
        throw new Error(`could not update claim ${claim.metadata.name} for delete policy ownerRefs: ${messageOf(error)}`);
      }
    }
  }
  async #ownClaims(pod: Named): Promise<void> {
    try {
      await this.ownClaims(pod);
    } catch (error) {
      this.#event('update', pod, error);
      throw error;
    }
  }
  #claimsAreOwned(pod: Named): boolean {
    return this.#knownClaims(pod).every((claim) => ownersAreRight({ claim, set: this.#set, pod }));
  }

  /** What a pending pod still lacks. */
  async claims(pod: Pod): Promise<void> {
    await this.#createClaims(pod);
    await this.#ownClaims(pod);
  }

  /** `set` has the template of `revision`. Nothing is made while a claim of a former pod of the name is still there. */
  async create(set: StatefulSet, ordinal: number, revision: string): Promise<void> {
    const pod = memberPod(set, ordinal, revision);
    if (this.#knownClaims(pod).some((claim) => isStaleFor({ claim, set, pod }))) return;
    try {
      await this.#createClaims(pod);
    } catch (error) {
      this.#event('create', pod, error);
      throw error;
    }
    let failure: unknown;
    try {
      this.#writes.wrote(this.#id, this.#pods, await this.#context.client.create(Pod, pod as Input<Pod>));
    } catch (error) {
      if (isAlreadyExists(error)) throw error;
      failure = error;
    }
    await this.#ownClaims(pod);
    this.#event('create', pod, failure);
    if (failure !== undefined) throw failure;
  }

  async delete(pod: Pod): Promise<void> {
    try {
      await this.#context.client.delete(Pod, pod.metadata);
    } catch (error) {
      if (!isNotFound(error)) {
        this.#event('delete', pod, error);
        throw error;
      }
    }
    this.#writes.deleted(this.#id, this.#pods, pod);
    this.#event('delete', pod);
  }

  /** Gives the pod back the name, volumes and claims that it is to have. */
  async repair(found: Pod): Promise<void> {
    let pod = found;
    for (let tries = 1; ; tries++) {
      const ordinal = ordinalOf(pod);
      const labels = hasIdentity(this.#set, pod) ? pod.metadata.labels : { ...pod.metadata.labels, ...identityLabels(this.#set, ordinal) };
      const stored = hasStorage(this.#set, pod);
      const volumes = stored ? pod.spec.volumes : volumesOf(this.#set, ordinal, pod.spec.volumes ?? []);
      if (!stored) {
        await this.#createClaims(pod).catch((error: unknown) => {
          this.#event('update', pod, error);
          throw error;
        });
      }
      const owned = this.#claimsAreOwned(pod);
      if (!owned) await this.#ownClaims(pod);
      if (stored && owned && labels === pod.metadata.labels) return;
      try {
        const next = { ...pod, metadata: { ...pod.metadata, labels }, spec: { ...pod.spec, volumes } };
        this.#writes.wrote(this.#id, this.#pods, await this.#context.client.update(Pod, next as Pod));
        return this.#event('update', pod);
      } catch (error) {
        if (isConflict(error) && tries < conflictTries) {
          pod = await this.#context.client.get(Pod, pod.metadata);
          continue;
        }
        this.#event('update', pod, error);
        throw error;
      }
    }
  }
}
