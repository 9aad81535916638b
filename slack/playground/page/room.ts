import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { SeenMessage, SeenRoom } from "../protocol.ts";
import { goTo, linkTo } from "./address.ts";
import { blocks } from "./blocks/block.ts";
import { composer } from "./composer.ts";
import { message } from "./message.ts";
import type { Page } from "./page.ts";

const titleOf = (room: SeenRoom, page: Page): string =>
  room.kind === "im" ? page.scene("", { view: "" }).personName(page.seen.bot) : `#${room.name}`;

/** The conversation in the middle; the app's own has a Home beside it. */
export function room(at: SeenRoom, page: Page): TemplateResult {
  const title = titleOf(at, page);
  const isHome = at.kind === "im" && page.at.tab === "home";
  return html`
    <main class="room">
      <header>
        <a class="back" href=${linkTo({ room: "", thread: "" })} aria-label="All conversations">‹</a>
        <h1>${title}</h1>
        ${at.kind === "im" ? tabs(page, isHome) : nothing}
      </header>
      ${isHome ? home(page) : messages(at, title, page)}
    </main>`;
}

function tabs(page: Page, isHome: boolean): TemplateResult {
  const tab = (name: "home" | "messages", label: string): TemplateResult => {
    const current = isHome === (name === "home");
    const open = (): void => {
      goTo({ tab: name, thread: "" });
      void page.act({ type: "open", tab: name });
    };
    return html`<button type="button" aria-pressed=${current} @click=${open}>${label}</button>`;
  };
  return html`<div class="tabs">${tab("home", "Home")} ${tab("messages", "Messages")}</div>`;
}

const home = (page: Page): TemplateResult => html`
  <section class="home" aria-label="Home">
    ${page.seen.home ? blocks(page.seen.home, page.scene("home", { view: "home" })) : html`<p class="note">The app shows nothing here yet.</p>`}
  </section>`;

function messages(at: SeenRoom, title: string, page: Page): TemplateResult {
  const all = page.workspace.messages(at.id);
  const roots = all.filter((m) => m.thread === undefined);
  const replies = (m: SeenMessage): SeenMessage[] => all.filter((r) => r.thread === m.ts);
  // Without a parent of its own here: an ephemeral answer in a thread that is shown apart stays there.
  return html`
    <div class="log" role="log" tabindex="0" aria-label="Messages in ${title}" data-stick=${at.id}>
      ${roots.length === 0 ? empty(at, page) : nothing}
      ${repeat(
        roots,
        (m) => m.ts,
        (m) => message(m, page, replies(m)),
      )}
    </div>
    ${
      at.isMember
        ? composer(page, at.id, `Message ${title}`)
        : html`<p class="note no-composer">You are not in ${title}.</p>`
    }`;
}

function empty(at: SeenRoom, page: Page): TemplateResult {
  if (at.kind !== "im") return html`<p class="note start">Nothing was said here yet.</p>`;
  return html`
    <div class="start">
      <p>Say what you want to train or serve, or start from one of these:</p>
      ${page.seen.prompts.map(
        ({ title, message: text }) => html`
          <button type="button" class="prompt" @click=${() => void page.act({ type: "say", room: at.id, text })}>
            <b>${title}</b><span>${text}</span>
          </button>`,
      )}
    </div>`;
}

/** The thread on the right, with what the agent is doing in it. */
export function thread(at: SeenRoom, root: SeenMessage, page: Page): TemplateResult {
  const all = page.workspace.messages(at.id).filter((m) => m.ts === root.ts || m.thread === root.ts);
  const title = titleOf(at, page);
  return html`
    <aside class="thread" aria-label="Thread">
      <header>
        <h1>Thread <small>${title}</small></h1>
        <a class="close" href=${linkTo({ thread: "" })} aria-label="Close thread">✕</a>
      </header>
      <div class="log" role="log" tabindex="0" aria-label="Messages of the thread" data-stick=${root.ts}>
        ${repeat(
          all,
          (m) => m.ts,
          (m) => message(m, page, undefined),
        )}
      </div>
      ${session(
        at,
        root,
        all.some((m) => m.isGrowing),
        page,
      )}
      ${at.isMember ? composer(page, at.id, "Reply…", root.ts) : nothing}
    </aside>`;
}

function session(at: SeenRoom, root: SeenMessage, isGrowing: boolean, page: Page): unknown {
  const found = page.seen.sessions.find((s) => s.room === at.id && s.thread === root.ts);
  const isWorking = isGrowing || found?.state === "processing" || (found?.status ?? "") !== "";
  if (isWorking)
    return html`
      <div class="session" role="status">
        <span class="spinner" aria-hidden="true"></span>
        <span>${page.scene("", { view: "" }).personName(page.seen.bot)} ${found?.status || "is working…"}</span>
        <button type="button" class="action" @click=${() => void page.act({ type: "stop", room: at.id, ts: root.ts })}>
          Stop
        </button>
      </div>`;
  if (found?.state === "suspended") return html`<div class="session" role="status">Waiting for an answer</div>`;
  return nothing;
}
