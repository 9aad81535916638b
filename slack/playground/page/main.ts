import { html, nothing, render, type TemplateResult } from "lit-html";
import { address, linkTo } from "./address.ts";
import { dialogs, openDialogs } from "./dialogs.ts";
import { Page } from "./page.ts";
import { room, thread } from "./room.ts";
import { rooms } from "./rooms.ts";
import { stayAtEnd } from "./scrolling.ts";
import { Workspace } from "./server.ts";
import { markRead } from "./unread.ts";

const root = document.getElementById("page")!;
const workspace = new Workspace(draw);
const page = new Page(workspace, draw);
/** A wide window has room for a conversation beside the list; a phone begins with the list. */
const wide = window.matchMedia("(min-width: 721px)");
let connectedAs = address().as;

function draw(): void {
  const { seen } = workspace;
  if (seen === undefined) return;
  if (address().room === "" && wide.matches) history.replaceState(null, "", linkTo({ room: seen.rooms[0]?.id ?? "" }));
  render(shell(), root);
  stayAtEnd();
  openDialogs();
}

function shell(): TemplateResult {
  const { at, seen } = page;
  // The messages of a conversation that this person does not see are not there.
  const here = seen.rooms.find((r) => r.id === at.room);
  const top = here && workspace.messages(here.id).find((m) => m.ts === at.thread);
  if (here !== undefined) markRead(here);
  return html`
    <div class="shell ${top ? "with-thread" : here ? "with-room" : "without-room"}">
      ${rooms(page)} ${here ? room(here, page) : html`<main class="room nowhere"><p class="note">Choose a conversation.</p></main>`}
      ${here && top ? thread(here, top, page) : nothing}
    </div>
    ${workspace.isConnected ? nothing : html`<p class="failed" role="alert">The playground has stopped: start it again.</p>`}
    ${page.failed === "" ? nothing : failure()} ${dialogs(page)}`;
}

const failure = (): TemplateResult => html`
  <p class="failed" role="alert">
    <span>${page.failed}</span>
    <button type="button" class="plain" aria-label="Dismiss" @click=${() => {
      page.failed = "";
      draw();
    }}>✕</button>
  </p>`;

window.addEventListener("hashchange", () => {
  const { as } = address();
  if (as !== connectedAs) {
    connectedAs = as;
    workspace.connect(as);
  } else draw();
});
workspace.connect(connectedAs);
