/** Numbers between 0 and 1 from a seed, so that a round that failed can be played again. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How many rounds are played here, in CI, and in `npm run test:full`. */
interface Rounds {
  here: number;
  ci: number;
  full: number;
}

/** The seeds of so many rounds; ML_ARCHITECT_SEED plays that one again and no other, ML_ARCHITECT_ROUNDS at most so many. */
export function seedsOf({ here, ci, full }: Rounds): number[] {
  const given = process.env.ML_ARCHITECT_SEED;
  if (given !== undefined) return [Number(given)];
  const most = Number(process.env.ML_ARCHITECT_ROUNDS ?? Number.POSITIVE_INFINITY);
  const count = Math.min(most, process.env.ML_ARCHITECT_FULL ? full : process.env.CI === "true" ? ci : here);
  return Array.from({ length: count }, () => Math.floor(Math.random() * 2 ** 31));
}
