import { expect, test } from "vitest";
import { pingsOf } from "../../../slack/local/pings.ts";
import { client, startSlack } from "./apps.ts";

test("a mention is live in text, mrkdwn and markdown, and dead in plain text, cells and escapes", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const pings = async (text: string, blocks?: unknown): Promise<string[]> => {
    const given = blocks === undefined ? {} : { blocks: [blocks] as never };
    await client(slack).chat.postMessage({ channel: ml.id, text, ...given });
    return pingsOf(ada.sees(ml).at(-1)!);
  };
  expect(await pings("<!here> and <@U0AAA|ada>")).toEqual(["here", "U0AAA"]);
  expect(await pings("&lt;!here&gt; @channel")).toEqual([]);
  expect(await pings("t", { type: "section", text: { type: "mrkdwn", text: "<!everyone|all>" } })).toEqual([
    "everyone",
  ]);
  expect(await pings("t", { type: "markdown", text: "<!subteam^S0BBB>" })).toEqual(["S0BBB"]);
  expect(await pings("t", { type: "header", text: { type: "plain_text", text: "<!here>" } })).toEqual([]);
  const rows = [[{ type: "raw_text", text: "<!here>" }]];
  expect(await pings("t", { type: "table", rows })).toEqual([]);
  const elements = [{ type: "rich_text_section", elements: [{ type: "broadcast", range: "channel" }] }];
  expect(await pings("t", { type: "rich_text", elements })).toEqual(["channel"]);
});
