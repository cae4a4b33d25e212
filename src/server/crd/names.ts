import { goQuote } from '../../api/go-text.ts';
import { sameJson } from '../../base/equal.ts';
import type { CustomResourceDefinition } from '../../kinds/apiextensions/custom-resource-definition.ts';
import { conditionOf } from '../../kinds/apiextensions/lib/conditions.ts';
import type {
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
} from '../../kinds/apiextensions/shapes/custom-resource-definition.ts';

/** Which names a definition gets (pkg/controller/status upstream): those that are its own already, and those nobody in its group has. */
export type Condition = Pick<CustomResourceDefinitionCondition, 'type' | 'status' | 'reason' | 'message'>;
export interface AcceptedNames {
  readonly names: CustomResourceDefinitionNames;
  readonly conditions: readonly [accepted: Condition, established: Condition];
}

/** As Go joins errors. */
export const joined = (texts: readonly string[]): string => (texts.length === 1 ? texts[0]! : `[${[...new Set(texts)].join(', ')}]`);

/** `group`: every definition of the group, this one among them. undefined: all that is asked for is accepted already. */
export function acceptNames(definition: CustomResourceDefinition, group: readonly CustomResourceDefinition[]): AcceptedNames | undefined {
  const asked = definition.spec.names;
  const own = definition.status.acceptedNames;
  if (sameNames(asked, own)) return undefined;
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { status } of group) {
    const { plural, singular = '', shortNames = [], kind, listKind = '' } = status.acceptedNames;
    for (const name of [plural, singular, ...shortNames]) resources.add(name);
    kinds.add(kind).add(listKind);
  }
  const conflicts: { readonly reason: string; readonly message: string }[] = [];
  const settle = (reason: string, wanted = '', present = '', taken = resources): string => {
    if (wanted === present || !taken.has(wanted)) return wanted;
    conflicts.push({ reason, message: inUse(wanted) });
    return present;
  };
  const plural = settle('PluralConflict', asked.plural, own.plural);
  const singular = settle('SingularConflict', asked.singular, own.singular);
  const foreign = (asked.shortNames ?? []).filter((name) => !own.shortNames?.includes(name) && resources.has(name));
  if (foreign.length > 0) conflicts.push({ reason: 'ShortNamesConflict', message: joined(foreign.map(inUse)) });
  const shortNames = foreign.length > 0 ? own.shortNames : asked.shortNames;
  const kind = settle('KindConflict', asked.kind, own.kind, kinds);
  const listKind = settle('ListKindConflict', asked.listKind, own.listKind, kinds);
  const conflict = conflicts.at(-1);
  const accepted: Condition = {
    type: 'NamesAccepted',
    status: conflict === undefined ? 'True' : 'False',
    ...(conflict ?? { reason: 'NoConflicts', message: 'no conflicts found' }),
  };
  return {
    names: {
      plural,
      kind,
      ...(singular === '' ? {} : { singular }),
      ...(shortNames === undefined ? {} : { shortNames }),
      ...(listKind === '' ? {} : { listKind }),
      ...(asked.categories === undefined ? {} : { categories: asked.categories }),
    },
    conditions: [accepted, establishedAfter(definition, conflict === undefined)],
  };
}
const inUse = (name: string) => `${goQuote(name)} is already in use`;
function sameNames(a: CustomResourceDefinitionNames, b: CustomResourceDefinitionNames): boolean {
  const full = ({ plural, singular = '', shortNames = [], kind, listKind = '', categories = [] }: CustomResourceDefinitionNames) => [
    plural,
    singular,
    shortNames,
    kind,
    listKind,
    categories,
  ];
  return sameJson(full(a), full(b));
}

function establishedAfter(definition: CustomResourceDefinition, isAccepted: boolean): Condition {
  const before = conditionOf(definition, 'Established');
  if (before?.status !== 'True' && isAccepted) {
    return { type: 'Established', status: 'False', reason: 'Installing', message: 'the initial names have been accepted' };
  }
  return before ?? { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
}
