import { html, type TemplateResult } from "lit-html";
import type { MessageBlock } from "../../../blocks/block-schema.ts";
import type { Scene } from "../scene.ts";
import { richText } from "./rich-text.ts";

type Table = Extract<MessageBlock, { type: "table" }>;
type DataTable = Extract<MessageBlock, { type: "data_table" }>;
type Cell = Table["rows"][number][number];

/** Tables scroll inside their own box, which the keyboard can reach; the first row is the head. */
export function table(block: Table, scene: Scene): TemplateResult {
  const settings = block.column_settings ?? [];
  const look = (column: number): string =>
    `${settings[column]?.align ?? "left"} ${settings[column]?.is_wrapped ? "wrapped" : "unwrapped"}`;
  return boxed("Table", block.rows, scene, look, undefined);
}

export const dataTable = (block: DataTable, scene: Scene): TemplateResult =>
  boxed(
    block.caption,
    block.rows,
    scene,
    (column) => (block.rows[1]?.[column]?.type === "raw_number" ? "right" : "left"),
    block.row_header_column_index,
    html`<caption>${block.caption}</caption>`,
  );

function boxed(
  label: string,
  [head = [], ...rows]: readonly (readonly Cell[])[],
  scene: Scene,
  look: (column: number) => string,
  header: number | undefined,
  caption?: TemplateResult,
): TemplateResult {
  const body = (row: readonly Cell[]): TemplateResult[] =>
    row.map((cell, i) =>
      i === header
        ? html`<th scope="row" class=${look(i)}>${text(cell, scene)}</th>`
        : html`<td class=${look(i)}>${text(cell, scene)}</td>`,
    );
  return html`
    <div class="wide" tabindex="0" role="group" aria-label=${label}>
      <table>
        ${caption}
        <thead><tr>${head.map((cell, i) => html`<th scope="col" class=${look(i)}>${text(cell, scene)}</th>`)}</tr></thead>
        <tbody>${rows.map((row) => html`<tr>${body(row)}</tr>`)}</tbody>
      </table>
    </div>`;
}

const text = (cell: Cell, scene: Scene): unknown => (cell.type === "rich_text" ? richText(cell, scene) : cell.text);
