/** Calls `make` once per object, and remembers what it gave for as long as the object is there. */
export function remembered<T extends object, R>(make: (of: T) => R): (of: T) => R {
  const known = new WeakMap<T, { readonly result: R }>();
  return (of) => {
    let entry = known.get(of);
    if (entry === undefined) {
      entry = { result: make(of) };
      known.set(of, entry);
    }
    return entry.result;
  };
}
