/** `ml-architect/notebook`: the same conversation for kernels without our proxy, and for scripts. */
export type { Answer } from "./library/answer.ts";
export { type Architect, architect, newArchitect } from "./library/conversation.ts";
