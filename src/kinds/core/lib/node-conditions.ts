import type { Node } from '../node.ts';

export type NodeCondition = NonNullable<Node['status']['conditions']>[number];

export const readyCondition = ({ status }: Node): NodeCondition | undefined => status.conditions?.find(({ type }) => type === 'Ready');
export const isNodeReady = (node: Node): boolean => readyCondition(node)?.status === 'True';
