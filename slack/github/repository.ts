import { AdvisorError } from "../../src/index.ts";
import type { Access, Client, Github } from "./client.ts";
import { isSame, repositoriesIn } from "./setting.ts";
import { archived } from "./trouble.ts";

/** A repository that was looked at: it is on the list, it is the one that was named, and what was asked may be done. */
export interface Repository {
  owner: string;
  name: string;
  defaultBranch: string;
  isPrivate: boolean;
  client: Client;
}

/** Opens a repository of the list for one purpose; everything else is refused before GitHub hears of it. */
export async function openRepository(
  github: Github,
  named: string,
  channel: string,
  access: Access,
  signal: AbortSignal,
): Promise<Repository> {
  const full = repositoriesIn(github.setting, channel).find((each) => isSame(each, named));
  if (full === undefined) throw notListed(named, repositoriesIn(github.setting, channel));
  const [owner = "", name = ""] = full.split("/");
  const client = await github.clientFor({ owner, name }, access, signal);
  const { data } = await client.repos.get({ owner, repo: name });
  // A repository that moved answers under its old name; its new owner is on nobody's list.
  if (!isSame(data.full_name, full))
    throw new AdvisorError(
      "not-available",
      `${full} has moved to another name, which is not on this bot's list`,
      "Whoever runs the bot changes the name in GITHUB_REPOSITORIES.",
    );
  if (access === "write" && (data.archived || data.disabled)) throw archived(full);
  return { owner, name, defaultBranch: data.default_branch, isPrivate: data.private, client };
}

/** Said the same whether the repository exists or not: the list is all that a stranger learns. */
export const notListed = (named: string, listed: readonly string[]): AdvisorError =>
  new AdvisorError(
    "not-available",
    `This bot may not use ${named} from here`,
    listed.length === 0
      ? "It uses no repositories here: whoever runs it names them in GITHUB_REPOSITORIES."
      : `From here it may use ${listed.join(", ")}. Whoever runs it names others in GITHUB_REPOSITORIES.`,
  );
