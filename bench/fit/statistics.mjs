// Weighted statistics over [value, weight] pairs.
export function quantile(pairs, q) {
  const sorted = pairs.filter(([, w]) => w > 0).sort((a, b) => a[0] - b[0]);
  const total = sorted.reduce((sum, [, w]) => sum + w, 0);
  let seen = 0;
  for (const [value, weight] of sorted) {
    seen += weight;
    if (seen >= q * total - 1e-12) return value;
  }
  return Number.NaN;
}

export const share = (pairs) =>
  pairs.reduce((s, [yes, w]) => s + (yes ? w : 0), 0) / pairs.reduce((s, [, w]) => s + w, 0);

/** Items by key, in order of the keys. */
export function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
}
