import type { HomeView, KnownBlock } from "@slack/types";
import { actionId } from "../actions.ts";
import { plain } from "../blocks/escape.ts";
import { LIMITS } from "../blocks/limits.ts";
import { listBlocks, type RunLine } from "../blocks/runs.ts";
import { heading, sections } from "../blocks/text.ts";

/** Settings of a channel, as they are shown. */
export interface HomeSetting {
  name: string;
  value: string;
}

/** My runs, newest first, and what holds here. As many runs as the view has room for, and how many there are. */
export function homeView(runs: readonly RunLine[], settings: readonly HomeSetting[]): HomeView {
  const top: KnownBlock[] = [
    ...heading("ML architect"),
    ...sections(["Say what you want to train or serve, and get a plan with its costs and a project that runs."], []),
    {
      type: "actions",
      elements: [
        {
          type: "button",
          action_id: actionId({ type: "new" }),
          text: plain("New run"),
          style: "primary",
          value: "new",
        },
      ],
    },
    ...heading(runs.length === 0 ? "Your runs" : `Your runs (${runs.length})`),
  ];
  const bottom: KnownBlock[] =
    settings.length === 0
      ? []
      : [
          ...heading("Settings"),
          ...sections(
            settings.map(({ name, value }) => `• \`${name}\` ${value}`),
            [],
          ),
        ];
  const room = LIMITS.viewBlocks - top.length - bottom.length - 1;
  const all = runs.map((run) => listBlocks([run]));
  const shown: KnownBlock[] = [];
  let count = 0;
  for (const each of all) {
    if (shown.length + each.length > room) break;
    shown.push(...each);
    count += 1;
  }
  const more = runs.length - count;
  return {
    type: "home",
    blocks: [
      ...top,
      ...(runs.length === 0 ? listBlocks([]) : shown),
      ...(more > 0 ? sections([`${more} more: \`/ml-architect list\``], []) : []),
      ...bottom,
    ],
  };
}
