import { labelNames } from '../../../src/kubelet/labels.ts';
import type { RuleMaker } from '../rule.ts';

/** Once all is at rest, nodes run exactly the pods that the API shows to run on them, each container once. */
export const containers: RuleMaker = () => ({
  atEnd({ history, nodes }) {
    const expected = new Map<string, string>();
    for (const { metadata, spec, status } of history.list('core/pods'))
      if (status?.phase === 'Running') expected.set(metadata.uid, spec.nodeName);
    for (const { name, runtime } of nodes) {
      const seen = new Set<string>();
      for (const { labels, state } of runtime.containersNow()) {
        if (state !== 'RUNNING') continue;
        const uid = labels[labelNames.podUid] ?? '';
        const id = `${labels[labelNames.podName]}/${labels[labelNames.containerName]}`;
        if (expected.get(uid) !== name) return `${name} runs ${id}, which the API shows on ${expected.get(uid) ?? 'no node'}`;
        if (seen.has(uid + id)) return `${name} runs ${id} twice`;
        seen.add(uid + id);
      }
      for (const [uid, node] of expected)
        if (node === name && ![...seen].some((id) => id.startsWith(uid))) return `${name} does not run the pod ${uid}`;
    }
    return undefined;
  },
});
