/** Short ways to write declarations. */
import { type Pattern, compilePattern } from '../../base/regexp.ts';
import type { Overload } from '../api.ts';
import type { CelType } from '../types.ts';
import { CelError } from '../values.ts';

type Call = Overload['call'];
type Flags = Partial<Pick<Overload, 'shared' | 'unguarded' | 'variadic' | 'nonStrict' | 'withPattern'>>;
/** `f(a, b)` */
export const overload = (id: string, args: readonly CelType[], result: CelType, call: Call, flags?: Flags): Overload => ({
  id,
  args,
  result,
  call,
  ...flags,
});
/** `a.f(b)` */
export const member = (id: string, args: readonly CelType[], result: CelType, call: Call, flags?: Flags): Overload => ({
  ...overload(id, args, result, call, flags),
  member: true,
});

/** A regular expression, or Go's error about it. */
export function patternOf(text: string): Pattern | CelError {
  try {
    return compilePattern(text);
  } catch (error) {
    return new CelError((error as Error).message);
  }
}
