interface Taint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: string;
}
interface Toleration {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly value?: string | undefined;
  readonly effect?: string | undefined;
}

/** kubernetes.io/docs: taints and tolerations. An empty key with Exists tolerates everything, an empty effect all effects. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if ((toleration.effect ?? '') !== '' && toleration.effect !== taint.effect) return false;
  if ((toleration.key ?? '') !== '' && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return (toleration.operator ?? 'Equal') === 'Equal' && (toleration.key ?? '') !== '' && (toleration.value ?? '') === (taint.value ?? '');
}

/** The first taint of one of the effects that no toleration covers. */
export function untoleratedTaint<T extends Taint>(
  taints: readonly T[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[],
): T | undefined {
  return taints?.find(
    (taint) => effects.includes(taint.effect) && tolerations?.some((toleration) => tolerates(toleration, taint)) !== true,
  );
}
