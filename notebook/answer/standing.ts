import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Brief, type Catalog, catalog, teamBrief, teamCatalog, teamPlaces } from "../../src/index.ts";

/** What a team's file beside the notebook, or in the person's configuration, says before anybody speaks. */
export async function standingOf(folder: string): Promise<{ catalog: Catalog; standing?: Brief }> {
  const configuration = process.env.XDG_CONFIG_HOME || join(homedir(), ".config");
  const path = teamPlaces(folder, configuration).find((place) => existsSync(place));
  if (path === undefined) return { catalog };
  const [{ readTeamFile }, { parseTeam }] = await Promise.all([
    import("../../src/adapters/team.ts"),
    import("../../src/parse.ts"),
  ]);
  const team = parseTeam(await readTeamFile(path), catalog);
  return { catalog: teamCatalog(catalog, team), standing: teamBrief(team, catalog) };
}
