import { isAbsolute, relative, resolve, sep } from "node:path";
import { AdvisorError } from "../error.ts";

/**
 * Where to write. A relative path that climbs out of the current folder is refused: with `..` a slip or a
 * name pasted from elsewhere would write where nobody looks. An absolute path says that it is meant.
 */
export function safePath(named: string, what = "a folder", example = "my-project"): string {
  if (named.trim() === "" || /[\x00-\x1f\x7f]/.test(named))
    throw new AdvisorError(
      "unsafe-path",
      `Cannot write to ${JSON.stringify(named)}: expected the name of ${what}`,
      `For example: ${example}`,
    );
  const folder = resolve(named);
  const inside = relative(process.cwd(), folder);
  if (!isAbsolute(named) && (inside === ".." || inside.startsWith(`..${sep}`)))
    throw new AdvisorError(
      "unsafe-path",
      `Cannot write to "${named}": the path leaves the current folder`,
      `If you mean it, write the whole path: ${folder}`,
    );
  return folder;
}
