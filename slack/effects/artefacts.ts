import type { Plan } from "../../src/index.ts";
import { notebookOf, zipOf } from "../../src/project.ts";
import type { SlackEffect } from "../actions.ts";
import { PROJECT_NAME, projectOf } from "../work/project.ts";
import type { Upload } from "./upload.ts";

/** Effects that put files into the thread. */
export type UploadEffect = Exclude<SlackEffect, "pull-request">;

export const isUpload = (kind: string): kind is UploadEffect =>
  kind === "zip" || kind === "cells" || kind === "hand-off";

export interface Artefact {
  files: Upload[];
  /** What the conversation says of it. */
  says: string;
}

interface At {
  run: string;
  revision: number;
}

const SPECIALISTS = ["data-engineer", "training-specialist", "deployment-engineer", "security-specialist"] as const;

/** The names that an effect's files have: known without making them. */
export function namesOf(kind: UploadEffect, { run, revision }: At): [string, ...string[]] {
  const of = (what: string, ending: string): string => `${what}-${run.slice(0, 8)}-r${revision}.${ending}`;
  switch (kind) {
    case "zip":
      return [of(PROJECT_NAME, "zip")];
    case "cells":
      return [of(PROJECT_NAME, "ipynb")];
    case "hand-off": {
      const [first, ...rest] = SPECIALISTS.map((role) => of(role, "md"));
      return [first!, ...rest];
    }
    default:
      return kind satisfies never;
  }
}

/** The files of an effect: of the project that a pull request and `new` hold, byte for byte. */
export async function artefactOf(kind: UploadEffect, plan: Plan, at: At): Promise<Artefact> {
  const project = await projectOf(plan);
  const names = namesOf(kind, at);
  const [name] = names;
  const hash = plan.planHash.slice(0, 12);
  const utf8 = new TextEncoder();
  switch (kind) {
    case "zip":
      return {
        files: [{ name, title: `Project of plan ${hash}`, bytes: zipOf(project, PROJECT_NAME) }],
        says: `The project of revision ${at.revision} is \`${name}\`: ${project.size} files, plan \`${hash}\`. Unpack it, then \`make install\` and \`make check\`.`,
      };
    case "cells": {
      const bytes = utf8.encode(notebookOf(plan, project, PROJECT_NAME));
      return {
        files: [{ name, title: `Notebook of plan ${hash}`, bytes }],
        says: `The notebook of revision ${at.revision} is \`${name}\`: the configurations as cells, and a smoke test on the sample data. Put it beside the unpacked project and run it from the top.`,
      };
    }
    case "hand-off":
      return {
        files: SPECIALISTS.map((role, i) => ({
          name: names[i]!,
          title: `Brief for the ${role.replace("-", " ")}`,
          bytes: utf8.encode(project.get(`handoff/${role}.md`)!),
        })),
        says: `Briefs for ${SPECIALISTS.map((role) => role.replace("-", " ")).join(", ")}: what the plan counts on, the work, open questions, and when it is done.`,
      };
    default:
      return kind satisfies never;
  }
}
