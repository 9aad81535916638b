import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * Starts tslab's kernel with one repair: it never waits for what it publishes, and zeromq.js refuses a message while
 * the one before is still on its way, so that of a cell that prints a thousand lines the rest, and its end, are lost.
 * `tslab.js PACKAGE CONNECTION_FILE`; a tslab beside the notebook is taken before PACKAGE, as tslab itself does.
 */

type PublisherClass = new (options?: object) => { send(message: unknown): Promise<void>; close(): void };

function packageFolder(installed: string): string {
  try {
    return dirname(createRequire(join(process.cwd(), "notebook.js")).resolve("tslab/package.json"));
  } catch {
    return installed;
  }
}

const [installed = "", configPath = ""] = process.argv.slice(2);
const folder = packageFolder(installed);
const load = createRequire(join(folder, "package.json"));
const zeromq = load("zeromq") as { Publisher: PublisherClass };
const { Publisher } = zeromq;

/** What was published last is still on its way. */
const GOODBYE_MS = 100;

/** Sockets of zeromq.js take no properties of their own. */
const lastSent = new WeakMap<object, Promise<void>>();

zeromq.Publisher = class extends Publisher {
  constructor(options?: object) {
    // No message is thrown away because Jupyter is slower than a loop that prints.
    super({ ...options, sendHighWaterMark: 0 });
  }

  override close(): void {
    super.close();
    // It closes its sockets when it is told to end; its compiler's watchers would keep it.
    setTimeout(() => process.exit(0), GOODBYE_MS);
  }

  override send(message: unknown): Promise<void> {
    const sent = (lastSent.get(this) ?? Promise.resolve()).then(() => super.send(message));
    lastSent.set(
      this,
      sent.catch(() => {}),
    );
    return sent;
  }
};

const { startKernel } = load("./dist/main.js") as { startKernel(options: object): void };
startKernel({ configPath, enableFindLocal: false });
