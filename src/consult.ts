/** Public entry for conversations: one pure machine behind every front end. */
export { withField, withWords } from "./consult/change.ts";
export { consult } from "./consult/consult.ts";
export {
  type Command,
  type Conversation,
  current,
  type Effect,
  type Event,
  emptyConversation,
  type Reply,
  type Revision,
} from "./consult/conversation.ts";
export { render } from "./consult/render.ts";
export { planOf } from "./consult/revise.ts";
export { meaningOf } from "./consult/understand.ts";
