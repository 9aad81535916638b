import type { BareRepository } from "./bare-repository.ts";

const SERVICE = "git-upload-pack";

/** What `git clone` asks over HTTP; undefined for anything else, pushing among it. */
export async function cloneAnswer(
  git: BareRepository,
  method: string,
  path: string,
  query: URLSearchParams,
  body: Buffer,
): Promise<{ type: string; bytes: Buffer } | undefined> {
  if (method === "GET" && path === "/info/refs" && query.get("service") === SERVICE) {
    const line = `# service=${SERVICE}\n`;
    const head = `${(line.length + 4).toString(16).padStart(4, "0")}${line}0000`;
    const refs = await git.uploadPack(["--advertise-refs"]);
    return { type: `application/x-${SERVICE}-advertisement`, bytes: Buffer.concat([Buffer.from(head), refs]) };
  }
  if (method === "POST" && path === `/${SERVICE}`)
    return { type: `application/x-${SERVICE}-result`, bytes: await git.uploadPack([], body) };
  return undefined;
}
