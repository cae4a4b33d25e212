import type { AnyContainer, Container, Pod } from './types.ts';
import { isDeleted } from './types.ts';
import type { ObservedPod } from './observed.ts';
import { latest } from './observed.ts';

type RestartRule = NonNullable<Container['restartPolicyRules']>[number];

/** The first rule whose exit codes match (KEP-5307). */
export function matchingRestartRule(container: AnyContainer, exitCode: number): RestartRule | undefined {
  return (container as Container).restartPolicyRules?.find((rule) => {
    const codes = rule.exitCodes;
    if (codes === undefined) return false;
    const listed = (codes.values ?? []).includes(exitCode);
    return codes.operator === 'In' ? listed : codes.operator === 'NotIn' && !listed;
  });
}

/** Whether a container that ended with `exitCode` is to run again: its rules, its own policy, the pod's policy. */
export function restartsAfter(container: AnyContainer, pod: Pod, exitCode: number): boolean {
  const own = (container as Container).restartPolicy;
  if (own !== undefined && own !== '') {
    const rule = matchingRestartRule(container, exitCode);
    if (rule !== undefined && (rule.action === 'Restart' || rule.action === 'RestartAllContainers')) return true;
    return own === 'Always' || (own === 'OnFailure' && exitCode !== 0);
  }
  const policy = pod.spec?.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** Whether a container that is not running now is to be started. */
export function shouldStart(container: AnyContainer, pod: Pod, observed: ObservedPod): boolean {
  if (isDeleted(pod)) return false;
  const status = latest(observed, container.name ?? '');
  if (status === undefined) return true;
  if (status.state === 'RUNNING') return false;
  if (status.state !== 'EXITED') return true;
  return restartsAfter(container, pod, status.exitCode);
}
