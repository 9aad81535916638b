import { EFFECTS } from "../../slack/actions.ts";
import type { Stage } from "../../slack/blocks/stage.ts";
import { buttonValues } from "../../slack/values.ts";
import { type Conversation, consult, type Event, emptyConversation, type Reply } from "../../src/consult.ts";
import { catalog } from "../../src/index.ts";

export const SECRET = "a secret of a test, long enough to be taken for one";
export const values = buttonValues([SECRET]);

export const SETTING = { catalog, today: "2026-11-20", effects: EFFECTS };

export const stage = (over: Partial<Stage> = {}): Stage => ({
  run: "5f0c9a52-8e0f-4a51-9c3c-2f7f0f6f6f6f",
  revision: 1,
  sign: values.sign,
  effects: EFFECTS,
  proposal: "0123456789ab",
  pullRequest: { repository: "team/models", branch: "ml-architect/5f0c9a52-r1" },
  fileCount: 41,
  hosts: ["huggingface.co", "github.com"],
  ...over,
});

/** A conversation, event by event: what it replied to each, and where it stands. */
export function talk(...events: (string | Event)[]): { state: Conversation; replies: Reply[][] } {
  let state = emptyConversation();
  const replies = events.map((event) => {
    const turn = consult(state, typeof event === "string" ? { type: "said", text: event } : event, SETTING);
    state = turn.state;
    return turn.replies;
  });
  return { state, replies };
}
