import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { planBlocks, wholePlan } from "../../slack/blocks/plan.ts";
import { messages } from "../../slack/blocks/message.ts";
import { refuseMessage } from "../../slack/blocks/validate.ts";
import { advise, catalog, explain, type Plan, readText } from "../../src/index.ts";
import { answered, sharedBot, wordsOf } from "./app/bots.ts";
import { generated } from "./briefs.ts";
import { SETTING, stage } from "./stage.ts";

const briefs = (file: string): string[] =>
  readFileSync(new URL(`../brief/${file}`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { text: string }).text);
