import type { ServerResponse } from "node:http";
import type { LocalSlack } from "../local/local-slack.ts";
import type { Person } from "../local/person.ts";
import type { Manifest } from "../manifest.ts";
import { look, roomsOf, seenMessage } from "./look.ts";
import type { SeenMessage, Update } from "./protocol.ts";

/** Changes within this time are told together: a stream changes its message many times a second. */
const TOGETHER_MS = 40;

/** Tells one open page what its person sees, as server-sent events: all at first, then what changed. */
export class Feed {
  readonly person: Person;
  readonly #slack: LocalSlack;
  readonly #manifest: Manifest;
  readonly #response: ServerResponse;
  readonly #told = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(person: Person, slack: LocalSlack, manifest: Manifest, response: ServerResponse) {
    this.person = person;
    this.#slack = slack;
    this.#manifest = manifest;
    this.#response = response;
    const stop = slack.world.onChange(() => this.touch());
    response.on("close", () => {
      stop();
      clearTimeout(this.#timer);
    });
    this.#tell();
  }

  /** Something may have changed. */
  touch(): void {
    this.#timer ??= setTimeout(() => this.#tell(), TOGETHER_MS);
  }

  #tell(): void {
    this.#timer = undefined;
    const update: Update = { seen: look(this.person, this.#slack, this.#manifest), changed: this.#changed() };
    // JSON holds no line break, which would end the event.
    this.#response.write(`data: ${JSON.stringify(update)}\n\n`);
  }

  #changed(): SeenMessage[] {
    return roomsOf(this.person, this.#slack)
      .flatMap((room) => this.person.sees(room).map(seenMessage))
      .filter((message) => {
        const now = JSON.stringify(message);
        if (this.#told.get(message.ts) === now) return false;
        this.#told.set(message.ts, now);
        return true;
      });
  }
}
