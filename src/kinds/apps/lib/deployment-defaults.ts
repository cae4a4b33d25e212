import type { Draft } from '../../../api/kind.ts';
import { defaultPodSpec } from '../../core/lib/pod-defaults.ts';
import type { DeploymentSpec } from '../shapes/deployment.ts';

/** pkg/apis/apps/v1/defaults.go. */
export function defaultDeployment({ spec }: { readonly spec: Draft<DeploymentSpec> }): void {
  spec.replicas ??= 1;
  spec.strategy.type ||= 'RollingUpdate';
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
    spec.strategy.rollingUpdate.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  defaultPodSpec(spec.template.spec);
}
