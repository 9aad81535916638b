import type { Team } from "./schema.ts";

/** What of a team's file can rule a plan out: each as a person finds it there, and the file without it. */
function limitsOf(team: Team): { name: string; without(from: Team): Team }[] {
  const whole = (["platforms", "regions", "prices", "budget", "accelerators", "framework"] as const)
    .filter((field) => team[field] !== undefined)
    .map((field) => ({ name: field as string, without: ({ [field]: _, ...rest }: Team): Team => rest }));
  const constraints = (team.compliance ?? []).map((item) => ({
    name: `compliance: ${item}`,
    without: (from: Team): Team => ({ ...from, compliance: from.compliance?.filter((c) => c !== item) }),
  }));
  return [...whole, ...constraints];
}

/**
 * Which lines of a team's file stand in the way of a plan: every single one without which `feasible` is true, or else
 * the fewest that are so together. Empty where the file is not what stands in the way.
 */
export function blockingLines(team: Team, feasible: (team: Team) => boolean): string[][] {
  const limits = limitsOf(team);
  const single = limits.filter(({ without }) => feasible(without(team)));
  if (single.length > 0) return single.map(({ name }) => [name]);
  const less = (kept: typeof limits): Team =>
    limits.filter((l) => !kept.includes(l)).reduce((left, { without }) => without(left), team);
  if (limits.length < 2 || !feasible(less([]))) return [];
  // Each line that may come back without harm comes back; what is left stands in the way.
  let kept: typeof limits = [];
  for (const limit of limits) if (feasible(less([...kept, limit]))) kept = [...kept, limit];
  return [limits.filter((limit) => !kept.includes(limit)).map(({ name }) => name)];
}
