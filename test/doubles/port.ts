import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Systems hand out ports from 32768 on to whoever asks for any: one from below is nobody's by chance. */
const [FIRST, END] = [20_000, 32_000];

/** A free port for a program that has to be told one. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}
