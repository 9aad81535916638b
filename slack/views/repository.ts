import type { ModalView } from "@slack/types";
import { shortened } from "../blocks/cut.ts";
import { plain } from "../blocks/escape.ts";
import { LIMITS } from "../blocks/limits.ts";
import { type Stage, signed } from "../blocks/stage.ts";
import { sections } from "../blocks/text.ts";

/** A repository as its option says it. */
export const repositoryLabel = (name: string): string => shortened(name, LIMITS.optionCharacters);

/** Which repository a pull request goes to, where a channel may use several; names the branch and the file count. */
export function repositoryView(repositories: readonly string[], branch: string, stage: Stage): ModalView {
  const count = stage.fileCount === undefined ? "its files" : `${stage.fileCount} files`;
  return {
    type: "modal",
    callback_id: "repository",
    private_metadata: signed(stage, { type: "effect", effect: "pull-request" }),
    title: plain("Open a pull request"),
    submit: plain("Open it"),
    close: plain("Cancel"),
    blocks: [
      ...sections(
        [
          `A draft pull request with at most ${count} on branch \`${branch}\`. Files that are there are never overwritten.`,
        ],
        stage.hosts,
      ),
      {
        type: "input",
        block_id: "repository",
        label: plain("Repository"),
        element: {
          type: "static_select",
          action_id: "value",
          // The place in the list is the value: names may be longer than one may be. Slack shows a hundred.
          options: repositories
            .slice(0, 100)
            .map((name, i) => ({ text: plain(repositoryLabel(name)), value: String(i) })),
        },
      },
    ],
  };
}
