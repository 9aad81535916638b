import { expect, test } from "vitest";
import { mergedIgnore } from "../../../slack/github/ignore.ts";
import { repositoryIn } from "../../../slack/github/mention.ts";
import { githubSetting, pagesHost, repositoriesIn } from "../../../slack/github/setting.ts";

const TOKEN = { GITHUB_TOKEN: "a token" };

test("without a list of repositories GitHub is off, whatever keys are there", () => {
  expect(githubSetting(TOKEN)).toBeUndefined();
  expect(githubSetting({ ...TOKEN, GITHUB_REPOSITORIES: " , " })).toBeUndefined();
  expect(repositoriesIn(undefined, "C1")).toEqual([]);
});

test("a GitHub App is preferred to a personal token", () => {
  const app = { GITHUB_APP_ID: "1", GITHUB_APP_PRIVATE_KEY: "a\\nb" };
  expect(githubSetting({ ...TOKEN, ...app, GITHUB_REPOSITORIES: "acme/tickets" })?.credential).toEqual({
    type: "app",
    appId: "1",
    privateKey: "a\nb",
  });
});

test.each(["acme/*", "acme", "../../etc", "acme/..", "C1 acme tickets", "acme/tickets/extra"])(
  "a list that holds %s is refused: every repository is named",
  (entry) => {
    expect(() => githubSetting({ ...TOKEN, GITHUB_REPOSITORIES: `acme/tickets,${entry}` })).toThrow("owner/name");
  },
);

test("a list without anything to sign in with is refused when the bot starts, not when somebody clicks", () => {
  expect(() => githubSetting({ GITHUB_REPOSITORIES: "acme/tickets" })).toThrow("nothing to sign in with");
});

test("an address of GitHub that is not https would show the token to the network", () => {
  const env = { ...TOKEN, GITHUB_REPOSITORIES: "acme/tickets" };
  expect(() => githubSetting({ ...env, GITHUB_API_URL: "http://github.acme.com/api/v3" })).toThrow("https");
  expect(githubSetting({ ...env, GITHUB_API_URL: "https://github.acme.com/api/v3/" })?.apiUrl).toBe(
    "https://github.acme.com/api/v3",
  );
});

test("a channel uses what is listed for all and for itself, less what it left out", () => {
  const setting = githubSetting({ ...TOKEN, GITHUB_REPOSITORIES: "acme/a, https://github.com/acme/b C0SECRET:acme/c" });
  expect(repositoriesIn(setting, "C0OTHER")).toEqual(["acme/a", "acme/b"]);
  expect(repositoriesIn(setting, "C0SECRET")).toEqual(["acme/a", "acme/b", "acme/c"]);
  // A channel's own setting chooses among them and adds none.
  expect(repositoriesIn(setting, "C0OTHER", ["Acme/B", "acme/c", "acme/d"])).toEqual(["acme/b"]);
});

test.each([
  ["design for github.com/acme/tickets", "acme/tickets", "design for"],
  ["https://github.com/Acme/tickets/tree/main/src, budget $500", "Acme/tickets", ", budget $500"],
  ["read <https://github.com/acme/tickets|github.com/acme/tickets> on two 4090s", "acme/tickets", "read on two 4090s"],
  ["see github.com/acme/tickets.git.", "acme/tickets", "see"],
  ["use www.github.com/acme/my.models_2", "acme/my.models_2", "use"],
])("“%s” names %s", (words, repository, rest) => {
  expect(repositoryIn(words)).toMatchObject({ repository, rest: expect.stringContaining(rest) });
});

test.each(["meta-llama/Llama-3.1-8B", "mygithub.community/a/b", "github.com/about", "github.com/-x/y"])(
  "“%s” names no repository",
  (words) => {
    expect(repositoryIn(words)).toBeUndefined();
  },
);

test.each([
  [undefined, "github.com"],
  ["https://git.example.org/api/v3", "git.example.org"],
])("pull requests of %s are linked to on %s", (api, host) => {
  const env = { GITHUB_REPOSITORIES: "acme/tickets", GITHUB_TOKEN: "t", GITHUB_API_URL: api };
  expect(pagesHost(githubSetting(env)!)).toBe(host);
});

test("a .gitignore of theirs gets our missing rules at its end, and what they take back behind them", () => {
  // git: the last rule that matches decides, so "!.env.example" has to stand behind ".env.*".
  const merged = mergedIgnore("*.log\n!.env.example\n", "# secrets\n.env\n.env.*\n!.env.example\n*.log\n");
  expect(merged).toBe("*.log\n!.env.example\n\n# of the ML project\n.env\n.env.*\n!.env.example\n");
  expect(mergedIgnore(merged, "# secrets\n.env\n.env.*\n!.env.example\n*.log\n")).toBe(merged);
});
