import type { Acknowledgement } from "./delivery.ts";
import type { View, Views } from "./views.ts";

/** How an interaction ended for the person; `failed` is the line that Slack shows under it. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly failed: string };
export const OK: Outcome = { ok: true };

/** What an app may answer to a submitted form. */
export interface SubmissionAnswer {
  readonly response_action?: "errors" | "update" | "push" | "clear";
  readonly errors?: Readonly<Record<string, string>>;
  readonly view?: unknown;
}

/** Closes, corrects or replaces the form as the app answered. */
export function afterSubmission(view: View, answer: SubmissionAnswer, views: Views): Outcome {
  switch (answer.response_action) {
    case undefined:
      views.close(view.userId, false);
      return OK;
    case "clear":
      views.close(view.userId, true);
      return OK;
    case "errors": {
      const inputs = view.blocks.filter((b) => b.type === "input").map((b) => b.block_id);
      const strange = Object.keys(answer.errors ?? {}).filter((id) => !inputs.includes(id));
      if (strange.length > 0) return { ok: false, failed: `errors for unknown blocks: ${strange.join(", ")}` };
      view.errors = answer.errors ?? {};
      return { ok: false, failed: Object.values(view.errors).join("; ") };
    }
    case "update":
      return shown(() => views.update(view, answer.view));
    case "push":
      return shown(() => views.push(view.userId, answer.view));
    default:
      return { ok: false, failed: `unknown response_action "${answer.response_action satisfies never}"` };
  }
}

function shown(change: () => View): Outcome {
  try {
    change();
    return OK;
  } catch (error) {
    return { ok: false, failed: String(error) };
  }
}

/** Slack's words under a command, click or form that nobody took. */
export function failure(outcome: Extract<Acknowledgement, { kind: "failed" }>, what: string): Outcome {
  const error = outcome.reason === "timeout" ? "operation_timeout" : "dispatch_failed";
  return { ok: false, failed: `${what} failed because the app did not respond (${error})` };
}
