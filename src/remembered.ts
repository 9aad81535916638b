/** Bounded, and emptied when full: what streams of requests ask again is soon known again. */
const MOST_REMEMBERED = 2000;

/**
 * A pure function of an object that stands still, such as the catalog, and of a name: worked out once. `nameOf` must say
 * everything that the answer depends on beside the object.
 */
export function remembered<O extends object, A, T>(
  work: (of: O, about: A) => T,
  nameOf: (about: A) => string,
): (of: O, about: A) => T {
  const memory = new WeakMap<O, Map<string, T>>();
  return (of, about) => {
    let known = memory.get(of);
    if (!known) {
      known = new Map();
      memory.set(of, known);
    }
    const name = nameOf(about);
    const found = known.get(name);
    if (found !== undefined || known.has(name)) return found as T;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const made = work(of, about);
    known.set(name, made);
    return made;
  };
}
