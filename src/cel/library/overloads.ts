/** Short ways to write declarations. */
import type { Overload } from '../api.ts';
import type { CelType } from '../types.ts';

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
