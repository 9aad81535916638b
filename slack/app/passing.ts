import type { App, ReceiverEvent } from "@slack/bolt";
import { type Heard, heard } from "./heard.ts";
import type { Intake, Outcome } from "./intake.ts";

/** What Bolt hands to the listener of a delivery that passed the inbox. */
export interface Passed {
  heard: Heard;
  outcome: Outcome;
}

/** A delivery that comes while the process ends: Slack sends it again, and somebody else takes it. */
class ClosedError extends Error {
  constructor() {
    super("Shutting down: nothing more is taken");
    this.name = "ClosedError";
  }
}

/**
 * Puts the inbox in front of Bolt. Bolt acknowledges an event before any listener sees it, so what must not be lost is
 * kept here, before Bolt. What throws here is not acknowledged, and Slack sends it again.
 */
export class Passing {
  readonly #intake: Intake;
  readonly #running = new Set<Promise<void>>();
  readonly #took: (what: Heard["type"], seconds: number) => void;
  #isClosed = false;

  constructor(intake: Intake, took: (what: Heard["type"], seconds: number) => void) {
    this.#intake = intake;
    this.#took = took;
  }

  /** The app that a receiver is given in place of Bolt's. `check` refuses what is not Slack's, and throws. */
  before(app: App, check: (event: ReceiverEvent) => void = () => {}): App {
    const processEvent = (event: ReceiverEvent): Promise<void> => {
      const running = this.#process(app, event, check);
      const settled = running.catch(() => {}).finally(() => this.#running.delete(settled));
      this.#running.add(settled);
      return running;
    };
    // A receiver asks nothing else of its app.
    return { processEvent } as App;
  }

  /** Takes nothing more, and waits for what was taken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#running);
  }

  async #process(app: App, event: ReceiverEvent, check: (event: ReceiverEvent) => void): Promise<void> {
    if (this.#isClosed) throw new ClosedError();
    check(event);
    const from = performance.now();
    const what = heard(event.body);
    const outcome = await this.#intake(what);
    const passed: Passed = { heard: what, outcome };
    const ack: ReceiverEvent["ack"] = async (body) => {
      this.#took(what.type, (performance.now() - from) / 1000);
      await event.ack(body);
    };
    await app.processEvent({ ...event, ack, customProperties: { ...event.customProperties, ...passed } });
  }
}
