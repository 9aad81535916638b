import type { BriefField, Question } from "../brief/brief.ts";
import { AdvisorError } from "../error.ts";
import { compare } from "../plan/compare.ts";
import type { Plan } from "../plan/plan.ts";
import type { Changed } from "./change.ts";
import { type Conversation, current, type Reply, type Revision, type Setting, type Turn } from "./conversation.ts";
import { openQuestions, planned } from "./remember.ts";

/** The plan of a revision: computed again, so that the state stays small and cannot disagree with the planner. */
export const planOf = ({ brief, conflicts, notices, today }: Revision, setting: Pick<Setting, "catalog">): Plan =>
  planned({ brief, conflicts, notices }, setting.catalog, today);

export const say = (state: Conversation, ...replies: Reply[]): Turn => ({ state, replies, effects: [] });

export function started(state: Conversation): Revision {
  const revision = current(state);
  if (revision) return revision;
  throw new AdvisorError(
    "invalid-input",
    "There is no plan yet",
    'Say what you want, for example: "Fine-tune Llama 3.1 8B on 50k support tickets".',
  );
}

export function nothingRead(text: string, started: boolean): AdvisorError {
  const quoted = text.trim().slice(0, 60);
  return new AdvisorError(
    "invalid-input",
    started ? `Nothing in "${quoted}" changes the plan` : `There is nothing to plan in "${quoted}"`,
    started
      ? 'Say what is different ("actually 100k examples"), ask ("what if two 4090s", "why not QLoRA", "cheaper"), or "help".'
      : 'Say what you want, for example: "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200".',
  );
}

/** Takes a change up: a new revision, what was understood, the plan or what changed in it, and the next questions. */
export function revise(
  state: Conversation,
  change: Changed,
  because: string,
  setting: Setting,
  settled?: string[],
): Turn {
  const before = current(state);
  const touched = new Set<BriefField>(change.fields.map((f) => f.field));
  const conflicts = [
    ...(before?.conflicts ?? []).filter((c) => !c.fields.some((field) => touched.has(field))),
    ...change.conflicts,
  ];
  const plan = planned({ brief: change.brief, conflicts, notices: change.notices }, setting.catalog, setting.today);
  const revision: Revision = {
    number: state.next,
    today: setting.today,
    brief: change.brief,
    conflicts,
    notices: change.notices,
    because: because.slice(0, 200),
    settled: settled ?? before?.settled ?? [],
    inputHash: plan.inputHash,
    planHash: plan.planHash,
  };
  const asked = questions(revision, setting);
  const { proposal: _, ...rest } = state;
  const next: Conversation = { ...rest, revisions: [...state.revisions, revision], next: state.next + 1, asked };
  const replies: Reply[] = [
    ...change.notices.map((text): Reply => ({ kind: "notice", text })),
    ...(change.fields.length > 0 ? [{ kind: "understood", fields: change.fields } satisfies Reply] : []),
    ...change.conflicts.map(({ text }): Reply => ({ kind: "conflict", text })),
    before
      ? differenceOf(planOf(before, setting), plan, because, revision.number)
      : // Remarks, contradictions and questions are replies of their own.
        {
          kind: "plan",
          revision: revision.number,
          plan: { ...plan, notices: [], conflicts: [], questions: [] },
          whole: false,
        },
    ...shown(asked),
  ];
  return say(next, ...replies);
}

/** The questions that matter now, less those that were left to our judgement. */
export const questions = ({ brief, today, settled }: Revision, setting: Setting): Question[] =>
  openQuestions({ brief }, setting.catalog, today, settled);

export const shown = (asked: readonly Question[]): Reply[] =>
  asked.map((question, i) => ({ kind: "question", number: i + 1, question }));

export const differenceOf = (before: Plan, after: Plan, because: string, revision?: number): Reply => ({
  kind: "difference",
  ...(revision === undefined ? {} : { revision }),
  because,
  difference: compare(before, after),
  headline: after.headline,
});
