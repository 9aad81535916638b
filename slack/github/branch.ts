/** The same for the same revision: a pull request that was opened is found again by it. */
export const branchOf = (run: string, revision: number): string => `ml-architect/${run.slice(0, 8)}-r${revision}`;

/** The line of a commit that says whose it is: a branch of the same name without it is somebody else's. */
export const trailerOf = (run: string, revision: number): string => `ML-Architect-Run: ${run} r${revision}`;
