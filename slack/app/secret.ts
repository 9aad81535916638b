import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AdvisorError } from "../../src/index.ts";

const FILE = "secret";

/** The secret beside the data of one process: made at the first start, and readable for its owner only. */
export async function secretIn(folder: string): Promise<string> {
  const path = join(folder, FILE);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      const file = await open(path, "wx", 0o600);
      const secret = randomBytes(48).toString("base64");
      await file.writeFile(secret);
      await file.sync();
      await file.close();
      return secret;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    // A copy of the folder may have opened it to others.
    await chmod(path, 0o600);
    const secret = (await readFile(path, "utf8")).trim();
    if (secret.length >= 32) return secret;
  } catch (cause) {
    throw new AdvisorError(
      "outside-failed",
      `Cannot keep a secret in "${path}"`,
      "Choose a folder that may be written with ML_ARCHITECT_DATA, or set ML_ARCHITECT_SECRET.",
      cause,
    );
  }
  throw new AdvisorError(
    "invalid-input",
    `"${path}" holds no secret of 32 characters or more`,
    "Delete it: a new one is made, and buttons of before are refused.",
  );
}
