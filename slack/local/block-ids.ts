import type { Block, World } from "./world.ts";

/** Blocks as Slack stores them: every block and every interactive element has an id, made up where none was given. */
export function withIds(blocks: unknown, world: World): Block[] {
  return ((blocks as Block[] | undefined) ?? []).map((b) => filled(b, world) as Block);
}

const NESTED = ["child_blocks", "elements", "accessory", "element", "actions", "tasks"];
const ELEMENT = /^(button|overflow|checkboxes|radio_buttons|feedback_buttons|icon_button|.*(select|picker|input))$/;

function filled(node: unknown, world: World): unknown {
  if (Array.isArray(node)) return node.map((n) => filled(n, world));
  const { type } = node as Block;
  const isElement = ELEMENT.test(type) && type !== "input";
  const isPlain = ["mrkdwn", "plain_text", "text", "link"].includes(type) || type.startsWith("rich_text_");
  const id = isElement ? "action_id" : "block_id";
  const known = node as Record<string, unknown>;
  return {
    ...known,
    ...(isPlain || known[id] !== undefined ? {} : { [id]: world.newId("b") }),
    ...Object.fromEntries(NESTED.filter((k) => known[k] !== undefined).map((k) => [k, filled(known[k], world)])),
  };
}

export interface Element {
  readonly block: Block;
  readonly element: Record<string, unknown> & { readonly type: string; readonly action_id: string };
}

/** Every interactive element in these blocks, with the block around it. */
export function elementsOf(blocks: readonly Block[]): Element[] {
  return blocks.flatMap((block) => {
    const children = (block.child_blocks ?? (block.type === "carousel" ? block.elements : [])) as Block[];
    const own = [block.accessory, block.element, block.elements, block.type === "card" ? block.actions : []];
    return [
      ...own
        .flat()
        .filter((e): e is Element["element"] => typeof (e as Element["element"] | undefined)?.action_id === "string")
        .map((element) => ({ block, element })),
      ...elementsOf(children),
    ];
  });
}
