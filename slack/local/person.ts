import { type Element, elementsOf } from "./block-ids.ts";
import { type Entries, type Entry, enteredFields, entryIn } from "./form-state.ts";
import { afterSubmission, failure, OK, type Outcome, type SubmissionAnswer } from "./outcome.ts";
import { Payloads } from "./payloads.ts";
import { show } from "./response-urls.ts";
import type { Site } from "./site.ts";
import { stateOf, type View } from "./views.ts";
import type { Channel, Message, SlackFile, User } from "./world.ts";

/** A person at the keyboard: does what Slack's own page lets one do, and sees what it shows. */
export class Person {
  readonly user: User;
  readonly #site: Site;
  readonly #payloads: Payloads;

  constructor(user: User, site: Site) {
    this.user = user;
    this.#site = site;
    this.#payloads = new Payloads(user, site);
  }

  /** Types into a channel, or into a thread of it. */
  say(
    channel: Channel,
    text: string,
    more: { thread?: Message; files?: readonly { name: string; bytes: Buffer }[] } = {},
  ): Message {
    if (!channel.members.has(this.user.id)) throw new Error(`${this.user.name} is not in #${channel.name}`);
    const files = (more.files ?? []).map((f) => this.#upload(channel, f.name, f.bytes));
    const threadTs = more.thread?.threadTs ?? more.thread?.ts;
    return this.#site.world.post(channel, { ...this.#author, text, threadTs, files });
  }

  edit(message: Message, text: string): void {
    if (message.user !== this.user.id) throw new Error("a person edits their own messages only");
    this.#site.world.edit(message, { text }, this.user.id);
  }

  /** The person's direct message with the app. */
  get directMessage(): Channel {
    return this.#site.world.directMessage(this.user);
  }

  async command(channel: Channel, command: string, text = ""): Promise<Outcome> {
    const { world, delivery, manifest } = this.#site;
    if (!manifest.features.slash_commands.some((c) => c.command === command))
      return { ok: false, failed: `${command} is not a valid command` };
    const target = { channelId: channel.id, userId: this.user.id };
    const outcome = await delivery.interaction("slash_commands", {
      token: "verification-token-is-deprecated",
      team_id: world.team.id,
      team_domain: world.team.domain,
      channel_id: channel.id,
      // Slack hides the names of private conversations.
      channel_name: channel.kind === "public" ? channel.name : channel.kind === "im" ? "directmessage" : "privategroup",
      user_id: this.user.id,
      user_name: this.user.name,
      command,
      text,
      api_app_id: world.appId,
      is_enterprise_install: "false",
      response_url: this.#payloads.newResponseUrl(target),
      trigger_id: this.#payloads.newTrigger(),
    });
    if (outcome.kind === "failed") return failure(outcome, command);
    const body =
      typeof outcome.payload === "string" ? { text: outcome.payload } : (outcome.payload as object | undefined);
    if (body === undefined || ("text" in body && body.text === "") || Object.keys(body).length === 0) return OK;
    const error = show(this.#site, target, body);
    return error === undefined ? OK : { ok: false, failed: error };
  }

  /** Clicks a button or chooses from a menu of a message, the open modal or the Home tab. */
  async click(where: Message | View, actionId: string, entry?: Entry): Promise<Outcome> {
    const { world, views, delivery } = this.#site;
    const isMessage = "ts" in where;
    if (isMessage && where.visibleTo !== undefined && where.visibleTo !== this.user.id)
      throw new Error("that message is somebody else's");
    const found = elementsOf(where.blocks).filter(({ element }) => element.action_id === actionId);
    const target = found.find(
      ({ element }) => element.type !== "button" || entry === undefined || element.value === entry,
    );
    if (target === undefined) throw new Error(`nothing here has the action "${actionId}": ${this.#actions(where)}`);
    const { element, block } = target;
    const action = {
      type: element.type,
      action_id: actionId,
      block_id: block.block_id,
      action_ts: world.newTs(),
      ...enteredFields(element, entry),
    };
    const place = isMessage
      ? this.#payloads.placeOf(where)
      : { container: { type: "view", view_id: where.id }, view: views.json(where) };
    const state = { values: isMessage ? stateOf(where.blocks, { [actionId]: entry ?? [] }) : {} };
    const outcome = await delivery.interaction("interactive", {
      type: "block_actions",
      ...this.#payloads.who,
      ...place,
      ...(isMessage ? { state } : {}),
      trigger_id: this.#payloads.newTrigger(),
      actions: [action],
    });
    return outcome.kind === "failed" ? failure(outcome, actionId) : OK;
  }

  /** Presses the submit button of the topmost modal, with what was entered. */
  async submit(entries: Entries = {}): Promise<Outcome> {
    const { views, delivery, world } = this.#site;
    const view = this.modal;
    if (view === undefined) throw new Error(`${this.user.name} has no form open`);
    const known = elementsOf(view.blocks).flatMap(({ block, element }) => [
      element.action_id,
      `${block.block_id}/${element.action_id}`,
    ]);
    for (const id of Object.keys(entries)) if (!known.includes(id)) throw new Error(`the form has no "${id}"`);
    const missing = elementsOf(view.blocks).find(
      (found) => found.block.type === "input" && found.block.optional !== true && isEmpty(found, entries),
    );
    if (missing !== undefined) return { ok: false, failed: `"${missing.element.action_id}" is required` };
    const outcome = await delivery.interaction("interactive", {
      type: "view_submission",
      ...this.#payloads.who,
      trigger_id: this.#payloads.newTrigger(),
      view: views.json(view, entries),
      response_urls: [],
    });
    if (outcome.kind === "failed") return failure(outcome, "the form");
    const answer = (outcome.payload || {}) as SubmissionAnswer;
    const ended = afterSubmission(view, answer, views);
    world.announce({ kind: "other" });
    return ended;
  }

  /** Closes the topmost modal; the app hears of it where the view asked. */
  async dismiss(): Promise<Outcome> {
    const { views, delivery } = this.#site;
    const view = this.modal;
    if (view === undefined) return OK;
    views.close(this.user.id, view.fields.clear_on_close === true);
    if (view.fields.notify_on_close !== true) return OK;
    const closed = { type: "view_closed", ...this.#payloads.who, view: views.json(view), is_cleared: false };
    const outcome = await delivery.interaction("interactive", closed);
    return outcome.kind === "failed" ? failure(outcome, "the form") : OK;
  }

  /** Chooses a message shortcut from a message's menu. */
  async shortcut(callbackId: string, message: Message): Promise<Outcome> {
    const { world, delivery, manifest } = this.#site;
    if (!manifest.features.shortcuts.some((s) => s.callback_id === callbackId && s.type === "message"))
      throw new Error(`the manifest has no message shortcut "${callbackId}"`);
    const outcome = await delivery.interaction("interactive", {
      type: "message_action",
      callback_id: callbackId,
      ...this.#payloads.who,
      ...this.#payloads.placeOf(message),
      message_ts: message.ts,
      trigger_id: this.#payloads.newTrigger(),
      action_ts: world.newTs(),
    });
    return outcome.kind === "failed" ? failure(outcome, callbackId) : OK;
  }

  openHome(tab: "home" | "messages" = "home"): void {
    const { world, views, delivery } = this.#site;
    const channel = this.directMessage;
    const home = views.home(this.user.id);
    const view = home === undefined ? {} : { view: views.json(home) };
    const event = {
      type: "app_home_opened",
      user: this.user.id,
      channel: channel.id,
      tab,
      event_ts: world.newTs(),
      ...view,
    };
    delivery.event("app_home_opened", event, channel);
  }

  /** Presses the stop button of the agent's session in a thread. */
  stop(thread: Message): void {
    const { world, delivery } = this.#site;
    const channel = world.channels.get(thread.channel)!;
    const threadTs = thread.threadTs ?? thread.ts;
    const running = channel.messages.filter((m) => m.threadTs === threadTs && m.stream?.state === "in_progress");
    const where = { channel: channel.id, user: this.user.id, thread_ts: threadTs, event_ts: world.newTs() };
    const streaming_message_ts = running.map((m) => m.ts);
    for (const message of running) message.stream!.state = "stopped";
    delivery.event("agent_session_stopped", { type: "agent_session_stopped", ...where, streaming_message_ts }, channel);
  }

  /** What this person sees of a channel, oldest first: ephemeral messages only where they are for them. */
  sees(channel: Channel): readonly Message[] {
    if (channel.kind !== "public" && !channel.members.has(this.user.id)) return [];
    return channel.messages.filter((m) => m.visibleTo === undefined || m.visibleTo === this.user.id);
  }

  seesThread(thread: Message): readonly Message[] {
    const root = thread.threadTs ?? thread.ts;
    return this.sees(this.#site.world.channels.get(thread.channel)!).filter(
      (m) => m.ts === root || m.threadTs === root,
    );
  }

  /** The topmost modal. */
  get modal(): View | undefined {
    return this.#site.views.stack(this.user.id).at(-1);
  }

  get home(): View | undefined {
    return this.#site.views.home(this.user.id);
  }

  get #author() {
    return { user: this.user.id, team: this.user.teamId, isFromApp: false };
  }

  #upload(channel: Channel, name: string, bytes: Buffer): SlackFile {
    const { world } = this.#site;
    const file = {
      id: world.newId("F"),
      name,
      title: name,
      user: this.user.id,
      size: bytes.length,
      bytes,
      channels: [channel.id],
    };
    world.files.set(file.id, file);
    return file;
  }

  #actions(where: Message | View): string {
    return (
      elementsOf(where.blocks)
        .map((e) => e.element.action_id)
        .join(", ") || "no elements at all"
    );
  }
}

function isEmpty(found: Element, entries: Entries): boolean {
  const values = Object.values(enteredFields(found.element, entryIn(entries, found)));
  return values.every((v) => v === null || v === "" || (Array.isArray(v) && v.length === 0));
}
