import { milliValue } from '../../../src/api/quantity.ts';
import type { RuleMaker } from '../rule.ts';

const requestOf = (pod: any): number =>
  pod.spec.containers.reduce((sum: number, { resources }: any) => sum + milliValue(resources?.requests?.cpu ?? '0'), 0);

/** What runs on a node fits it. */
export const capacity: RuleMaker = () => ({
  onChange({ resource, before, after }, { history }) {
    if (resource !== 'core/pods' || after?.status?.phase !== 'Running' || before?.status?.phase === 'Running') return undefined;
    const node = history.get('core/nodes', '', after.spec.nodeName);
    if (node === undefined) return undefined;
    const running = history
      .list('core/pods')
      .filter(({ spec, status }) => spec.nodeName === after.spec.nodeName && status?.phase === 'Running');
    const [cpu, count] = [milliValue(node.status.allocatable.cpu), Number(node.status.allocatable.pods)];
    const asked = running.reduce((sum, pod) => sum + requestOf(pod), 0);
    if (asked > cpu) return `${asked}m of ${cpu}m CPU are in use on ${node.metadata.name}`;
    return running.length > count ? `${running.length} of ${count} pods run on ${node.metadata.name}` : undefined;
  },
});
