import { AdvisorError } from "../error.ts";
import type { Plan } from "../plan/plan.ts";
import type { Command, Conversation, EffectKind, Setting, Turn } from "./conversation.ts";
import { planOf, say, started } from "./revise.ts";

/** What an effect is, after "can" or "cannot". */
const DOES: Record<EffectKind, string> = {
  "write-project": "write a project",
  "save-plan": "save a plan",
  zip: "make a zip",
  "pull-request": "open a pull request",
  cells: "write cells",
  "hand-off": "hand off",
};

/** What words ask for is offered; doing it takes an explicit action on this revision. */
export function offer(state: Conversation, effect: EffectKind, target: string, setting: Setting): Turn {
  const revision = started(state);
  const { number, planHash } = revision;
  possible(effect, planOf(revision, setting), setting);
  return say(state, { kind: "action", effect, target, revision: number, planHash });
}

function possible(effect: EffectKind, plan: Plan, setting: Setting): void {
  if (!setting.effects.includes(effect))
    throw new AdvisorError(
      "not-available",
      `This front end cannot ${DOES[effect]}`,
      setting.effects.length === 0
        ? "It shows plans only."
        : `It can ${setting.effects.map((e) => DOES[e]).join(", ")}.`,
    );
  if (effect !== "save-plan" && plan.status !== "feasible")
    throw new AdvisorError(
      "invalid-input",
      `There is nothing to ${DOES[effect]} from: no plan fits`,
      "Change what blocks it first.",
    );
}

/** A person's explicit action on a given revision: the one place that effects come from. */
export function act(state: Conversation, command: Extract<Command, { target: string }>, setting: Setting): Turn {
  const revision = state.revisions.find((r) => r.number === command.revision);
  if (!revision)
    throw new AdvisorError(
      "invalid-input",
      `Revision ${command.revision} is no longer there`,
      "Act on the plan as it stands now.",
    );
  possible(command.verb, planOf(revision, setting), setting);
  const { verb: kind, target } = command;
  const { number, planHash } = revision;
  const id = `${number}:${kind}:${target}`;
  // Pressed twice is meant once.
  if (state.effects.some((e) => e.id === id)) return say(state);
  const effect = { id, kind, revision: number, planHash, target };
  return { state: { ...state, effects: [...state.effects, effect] }, replies: [], effects: [effect] };
}
