import type { Draft } from '../../../api/kind.ts';
import type { ReplicationControllerSpec } from '../shapes/replication-controller.ts';
import { defaultPodSpec } from './pod-defaults.ts';

const isEmpty = (labels: Readonly<Record<string, string>> | undefined) => Object.keys(labels ?? {}).length === 0;

/** pkg/apis/core/v1/defaults.go: what the template is labelled with selects its pods, and labels the controller. */
export function defaultReplicationController({
  metadata,
  spec,
}: {
  readonly metadata: { labels?: Record<string, string> | undefined };
  readonly spec: Draft<ReplicationControllerSpec>;
}): void {
  const labels = spec.template?.metadata.labels;
  if (labels !== undefined) {
    if (isEmpty(spec.selector)) spec.selector = { ...labels };
    if (isEmpty(metadata.labels)) metadata.labels = { ...labels };
  }
  spec.replicas ??= 1;
  if (spec.template !== undefined) defaultPodSpec(spec.template.spec);
}
