/** `github.com/owner/name`, bare, as an address, or as Slack writes one; what follows the name is not looked at. */
const ADDRESS =
  /<?(?:https?:\/\/)?(?:www\.)?github\.com\/([A-Za-z0-9][A-Za-z0-9-]{0,38})\/([A-Za-z0-9._-]{1,100})(?:\/[^\s<>|,]*)?(?:\|[^>\n]*)?>?/i;

/** The first repository that words name, and the words without it. */
export function repositoryIn(words: string): { repository: string; rest: string } | undefined {
  const found = ADDRESS.exec(words);
  if (!found) return undefined;
  const [whole, owner, named = ""] = found;
  // The end of a sentence is no part of a name.
  const name = named.replace(/\.+$/, "").replace(/\.git$/, "");
  if (name === "") return undefined;
  const rest = `${words.slice(0, found.index)}${words.slice(found.index + whole.length)}`;
  return {
    repository: `${owner}/${name}`,
    rest: rest
      .replace(/\s+([,.;])/g, "$1")
      .replace(/[ \t]{2,}/g, " ")
      .trim(),
  };
}
