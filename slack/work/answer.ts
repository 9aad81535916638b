import { current, planOf, type Reply } from "../../src/consult.ts";
import type { Catalog, Plan } from "../../src/index.ts";
import type { SlackEffect } from "../actions.ts";
import type { Message } from "../blocks/message.ts";
import { replyMessages } from "../blocks/reply.ts";
import type { Stage } from "../blocks/stage.ts";
import { branchOf } from "../github/branch.ts";
import type { Incoming } from "../incoming.ts";
import type { Run } from "../store/runs.ts";
import type { Sign } from "../values.ts";
import { proposalHash, type Stepped, step } from "./step.ts";

/** What a channel may do. */
export interface Policy {
  effects: readonly SlackEffect[];
  hosts: readonly string[];
  /** Where pull requests go from this channel; "" where there is not one alone. */
  repository: string;
  /** Repositories that may be read from here; left out, none. */
  repositories?: readonly string[];
}

/** Everything that an answer is worked out from: plain values, so that another thread can do it. */
export interface Asked {
  run: Run;
  incoming: Incoming;
  policy: Policy;
  /** UTC day. */
  today: string;
}

export interface Answer {
  stepped: Stepped;
  messages: Message[];
  /** Of the plan as it stands; undefined where nothing could be answered. */
  headline?: string;
}

/** Works an answer out. It sends and keeps nothing. */
export type Think = (asked: Asked) => Promise<Answer>;

export interface ThinkSetting {
  catalog: Catalog;
  sign: Sign;
  /** How many files an effect on this plan would write; undefined where no project can be made of it. */
  fileCountOf(plan: Plan): Promise<number | undefined>;
}

export function thinkHere({ catalog, sign, fileCountOf }: ThinkSetting): Think {
  return async ({ run, incoming, policy, today }) => {
    const { repository } = policy;
    const stepped = step(run.conversation, incoming, { catalog, today, ...policy });
    const revision = current(stepped.conversation);
    const plan = revision && planOf(revision, { catalog });
    const number = revision?.number ?? 0;
    const fileCount = plan?.status === "feasible" ? await fileCountOf(plan) : undefined;
    const stage: Stage = {
      run: run.id,
      revision: number,
      sign,
      effects: fileCount === undefined ? [] : policy.effects,
      fileCount,
      proposal: proposalHash(stepped.conversation),
      hosts: policy.hosts,
      ...(repository === "" ? {} : { pullRequest: { repository, branch: branchOf(run.id, number) } }),
    };
    return { stepped, messages: replyMessages(stepped.replies, stage), headline: plan?.headline ?? "" };
  };
}

/** What is said where no answer could be worked out. */
export function apology({ id, revision, conversation }: Run, sign: Sign): Answer {
  const stage: Stage = { run: id, revision, sign, effects: [], hosts: [] };
  return {
    stepped: { conversation, replies: [], effects: [], stopped: false, audits: [] },
    messages: replyMessages([FAILED], stage),
  };
}

const FAILED: Reply = {
  kind: "error",
  message: "I could not answer that: something of mine failed, three times",
  hint: "Your message is kept and the plan is as it was. Say it in other words, or tell whoever runs this bot.",
};
