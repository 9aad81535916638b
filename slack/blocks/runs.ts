import type { KnownBlock } from "@slack/types";
import { mrkdwn } from "./escape.ts";
import { button, type Stage } from "./stage.ts";
import { aside, sections } from "./text.ts";

/** A run as lists show it. */
export interface RunLine {
  id: string;
  channel: string;
  /** Of the plan as it stands, or of the request where there is no plan yet. */
  headline: string;
  revision: number;
  state: "working" | "waiting" | "stopped";
  /** UTC day. */
  updated: string;
}

const STATES: Record<RunLine["state"], string> = {
  working: "working",
  waiting: "waiting for you",
  stopped: "stopped",
};

/** The channel as a link of our own making; an id that is none is left out. */
const place = (channel: string): string => {
  if (channel.startsWith("D")) return " in our direct messages";
  return /^[CG][A-Z0-9]{2,20}$/.test(channel) ? ` in <#${channel}>` : "";
};

function runBlocks(run: RunLine): KnownBlock[] {
  return [
    ...sections([run.headline === "" ? "_No plan yet._" : `**${run.headline}**`], []),
    {
      type: "context",
      elements: [
        mrkdwn(
          `run ${run.id.slice(0, 8)}, revision ${run.revision}, ${STATES[run.state]}, ${run.updated}${place(run.channel)}`,
        ),
      ],
    },
  ];
}

export const listBlocks = (runs: readonly RunLine[]): KnownBlock[] =>
  runs.length === 0
    ? sections(["You have no runs. `/ml-architect` and what you want starts one."], [])
    : runs.flatMap(runBlocks);

/** What a thread's run is doing, and how to stop it. */
export const statusBlocks = (run: RunLine, waiting: number, stage: Stage): KnownBlock[] => [
  ...runBlocks(run),
  ...(waiting > 0 ? aside(`${waiting} ${waiting === 1 ? "message waits" : "messages wait"} to be answered.`, []) : []),
  ...(run.state === "stopped"
    ? []
    : [{ type: "actions" as const, elements: [button(stage, { type: "stop" }, "Stop", { style: "danger" })] }]),
];
