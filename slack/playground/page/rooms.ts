import { html, type TemplateResult } from "lit-html";
import type { SeenRoom } from "../protocol.ts";
import { goTo, linkTo } from "./address.ts";
import { LOCK } from "./icons.ts";
import type { Page } from "./page.ts";
import { unread } from "./unread.ts";

/** Who one is, and where one may go. */
export function rooms(page: Page): TemplateResult {
  const { rooms: all, people, me, bot } = page.seen;
  const channels = all.filter((r) => r.kind !== "im");
  const direct = all.find((r) => r.kind === "im");
  return html`
    <nav class="rooms" aria-label="Conversations">
      <header>
        <b>Local Slack</b>
        <label>
          <span>You are</span>
          <select @change=${(e: Event) => goTo({ as: (e.target as HTMLSelectElement).value, thread: "" })}>
            ${people
              .filter((p) => p.id !== bot)
              .map(
                (p) => html`<option value=${p.id} ?selected=${p.id === me} .selected=${p.id === me}>${p.name}</option>`,
              )}
          </select>
        </label>
      </header>
      <h2>Channels</h2>
      <ul>${channels.map((room) => link(room, room.name, page))}</ul>
      <h2>Apps</h2>
      <ul>
        ${direct ? link(direct, page.scene("", { view: "" }).personName(bot), page) : ""}
      </ul>
      ${window.top === window ? html`<footer><a href="/both" target="_blank">Two people side by side</a></footer>` : ""}
    </nav>`;
}

function link(room: SeenRoom, name: string, page: Page): TemplateResult {
  const here = page.at.room === room.id;
  const count = here ? 0 : unread(room);
  const mark = { public: "#", private: LOCK, im: "◆" }[room.kind];
  const about = [
    room.kind === "private" ? "private" : "",
    room.isExternal ? "shared with another company" : "",
    room.hasApp || room.kind === "im" ? "" : "the app is not here",
  ];
  return html`
    <li>
      <a href=${linkTo({ room: room.id, thread: "", tab: "messages" })} aria-current=${here ? "page" : "false"} class=${count > 0 ? "unread" : ""}>
        <span class="mark" aria-hidden="true">${mark}</span>
        <span class="name">${name}</span>
        ${about.filter((a) => a !== "").map((a) => html`<small>${a}</small>`)}
        ${count > 0 ? html`<span class="count">${count}<span class="unseen"> new</span></span>` : ""}
      </a>
    </li>`;
}
