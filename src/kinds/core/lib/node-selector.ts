import { labelOf } from '../../../api/meta.ts';
import type { Node } from '../node.ts';

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}
interface Term {
  readonly matchExpressions?: readonly Requirement[] | undefined;
  readonly matchFields?: readonly Requirement[] | undefined;
}

function holds(requirement: Requirement, present: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return present !== undefined && values.includes(present);
    case 'NotIn':
      return present === undefined || !values.includes(present);
    case 'Exists':
      return present !== undefined;
    case 'DoesNotExist':
      return present === undefined;
    case 'Gt':
      return isInteger(present) && isInteger(values[0]) && BigInt(present) > BigInt(values[0]);
    case 'Lt':
      return isInteger(present) && isInteger(values[0]) && BigInt(present) < BigInt(values[0]);
    default:
      return false;
  }
}
const isInteger = (text: string | undefined): text is string => text !== undefined && /^[+-]?\d{1,19}$/.test(text);

/** Whether a node satisfies one term; a term without requirements matches nothing (kubernetes.io: assigning pods to nodes). */
export function matchesNodeSelectorTerm(term: Term, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  return (
    expressions.every((one) => holds(one, labelOf(node, one.key))) &&
    fields.every((one) => one.key === 'metadata.name' && holds(one, node.metadata.name))
  );
}

interface Placeable {
  readonly spec: {
    readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
    readonly affinity?:
      | {
          readonly nodeAffinity?:
            | { readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms: readonly Term[] } | undefined }
            | undefined;
        }
      | undefined;
  };
}

/** Whether a node satisfies a pod's nodeSelector and required node affinity. */
export function nodeMatchesPod(pod: Placeable, node: Node): boolean {
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) if (labelOf(node, key) !== value) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node));
}
