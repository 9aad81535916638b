/** A value for each axis. */
type Row<Axis extends string> = Readonly<Record<Axis, string>>;

/**
 * Few rows in which any two values of two axes stand together wherever some allowed row has both: a fault that two
 * choices make together is met. Greedy over all allowed rows, ties to the first, so the set is the same each time;
 * `atLeast` fills it up with rows that repeat the fewest pairs.
 */
export function pairwise<Axis extends string>(
  axes: Readonly<Record<Axis, readonly string[]>>,
  options: { allowed?: (row: Row<Axis>) => boolean; atLeast?: number } = {},
): Row<Axis>[] {
  const names = Object.keys(axes) as Axis[];
  const all = names
    .reduce<Partial<Row<Axis>>[]>(
      (rows, axis) => rows.flatMap((row) => axes[axis].map((v) => ({ ...row, [axis]: v }))),
      [{}],
    )
    .map((row) => row as Row<Axis>)
    .filter((row) => options.allowed?.(row) ?? true);
  const pairs = new Map(all.map((row) => [row, pairsOf(row, names)]));
  const seen = new Map<string, number>();
  const chosen: Row<Axis>[] = [];
  const open = (): boolean => [...pairs.values()].some((own) => own.some((pair) => !seen.has(pair)));
  while (pairs.size > 0 && (open() || chosen.length < (options.atLeast ?? 0))) {
    // A new pair is worth more than any repetition of known ones is bad.
    const worth = (own: readonly string[]): number =>
      own.reduce((sum, pair) => sum + (seen.has(pair) ? -(seen.get(pair) ?? 0) / 1000 : 1), 0);
    let best: Row<Axis> | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const [row, own] of pairs) {
      const value = worth(own);
      if (value > most) [best, most] = [row, value];
    }
    const row = best as Row<Axis>;
    for (const pair of pairs.get(row) ?? []) seen.set(pair, (seen.get(pair) ?? 0) + 1);
    pairs.delete(row);
    chosen.push(row);
  }
  return chosen;
}

/** Every two of a row's values, each with its axis. */
export function pairsOf<Axis extends string>(row: Row<Axis>, names: readonly Axis[]): string[] {
  return names.flatMap((a, at) => names.slice(at + 1).map((b) => `${a}=${row[a]} ${b}=${row[b]}`));
}
