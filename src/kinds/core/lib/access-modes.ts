import { fieldError } from '../../../api/status.ts';
import type { Errors } from '../../lib/validate.ts';

/** Short names in the order in which they are shown. */
const short: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** 'RWO,ROX' for tables. */
export const shownAccessModes = (modes: readonly string[] | undefined): string =>
  Object.keys(short)
    .filter((mode) => modes?.includes(mode))
    .map((mode) => short[mode])
    .join(',');

export function* validateAccessModes(modes: readonly string[] | undefined, path: string): Errors {
  for (const mode of modes ?? []) if (!Object.hasOwn(short, mode)) yield fieldError.notSupported(path, mode, Object.keys(short));
  const others = modes?.some((mode) => mode !== 'ReadWriteOncePod' && Object.hasOwn(short, mode));
  if (others && modes?.includes('ReadWriteOncePod'))
    yield fieldError.forbidden(path, 'may not use ReadWriteOncePod with other access modes');
}
