import type { ControllerContext } from '../../client/controller.ts';

/** Memory of a controller that lives as long as one run of it: made on first use, forgotten with the context. */
export function perContext<T>(create: (context: ControllerContext) => T): (context: ControllerContext) => T {
  const made = new WeakMap<ControllerContext, T>();
  return (context) => {
    let value = made.get(context);
    if (value === undefined) {
      value = create(context);
      made.set(context, value);
    }
    return value;
  };
}
