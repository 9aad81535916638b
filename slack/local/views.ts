import { refuseView } from "../blocks/validate.ts";
import { elementsOf, withIds } from "./block-ids.ts";
import { type Entries, enteredFields, entryIn } from "./form-state.ts";
import { Refused, refuse } from "./refused.ts";
import type { Block, World } from "./world.ts";

export interface View {
  readonly id: string;
  readonly userId: string;
  readonly rootId: string;
  readonly previousId: string | null;
  type: "modal" | "home";
  hash: string;
  blocks: readonly Block[];
  fields: Readonly<Record<string, unknown>>;
  /** By block: what the app's answer to a submission found wrong. */
  errors: Readonly<Record<string, string>>;
}

/** A modal may have two more on top of it (docs.slack.dev/surfaces/modals). */
const STACK_AT_MOST = 3;

/** What each person has open: a stack of modals, and the app's Home. */
export class Views {
  readonly #modals = new Map<string, View[]>();
  readonly #homes = new Map<string, View>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  stack(userId: string): readonly View[] {
    return this.#modals.get(userId) ?? [];
  }

  home(userId: string): View | undefined {
    return this.#homes.get(userId);
  }

  open(userId: string, payload: unknown): View {
    const view = this.#make(userId, payload, "modal", null);
    this.#modals.set(userId, [view]);
    return view;
  }

  push(userId: string, payload: unknown): View {
    const stack = this.stack(userId);
    if (stack.length >= STACK_AT_MOST) throw new Refused("push_limit_reached");
    const view = this.#make(userId, payload, "modal", stack.at(-1) ?? null);
    this.#modals.set(userId, [...stack, view]);
    return view;
  }

  publish(userId: string, payload: unknown, hash: string | undefined): View {
    const before = this.#homes.get(userId);
    if (before !== undefined && hash !== undefined && hash !== before.hash) throw new Refused("hash_conflict");
    const view = this.#make(userId, payload, "home", null);
    this.#homes.set(userId, view);
    return view;
  }

  update(view: View, payload: unknown, hash?: string): View {
    if (hash !== undefined && hash !== view.hash) throw new Refused("hash_conflict");
    const { type, blocks, fields } = this.#read(view.userId, payload, view.type, view);
    return Object.assign(view, { type, blocks, fields, errors: {}, hash: this.#newHash() });
  }

  find(id: string | undefined, externalId: string | undefined): View {
    const all = [...this.#homes.values(), ...[...this.#modals.values()].flat()];
    const found = all.find((v) => v.id === id || (externalId !== undefined && v.fields.external_id === externalId));
    if (found === undefined) throw new Refused("not_found");
    return found;
  }

  /** Closes the topmost modal of a person, or all of them. */
  close(userId: string, all: boolean): void {
    this.#modals.set(userId, all ? [] : this.stack(userId).slice(0, -1));
  }

  json(view: View, entries: Entries = {}): Record<string, unknown> {
    return {
      id: view.id,
      team_id: this.#world.team.id,
      app_id: this.#world.appId,
      app_installed_team_id: this.#world.team.id,
      bot_id: this.#world.botId,
      type: view.type,
      private_metadata: "",
      callback_id: "",
      external_id: "",
      close: null,
      submit: null,
      clear_on_close: false,
      notify_on_close: false,
      ...view.fields,
      blocks: view.blocks,
      state: { values: stateOf(view.blocks, entries) },
      hash: view.hash,
      root_view_id: view.rootId,
      previous_view_id: view.previousId,
    };
  }

  #make(userId: string, payload: unknown, type: View["type"], below: View | null): View {
    const id = this.#world.newId("V");
    const content = this.#read(userId, payload, type, undefined);
    const place = { id, userId, rootId: below?.rootId ?? id, previousId: below?.id ?? null };
    return { ...place, ...content, hash: this.#newHash(), errors: {} };
  }

  #read(userId: string, payload: unknown, type: View["type"], self: View | undefined) {
    refuse(refuseView(payload));
    const { blocks, type: given, ...fields } = payload as { blocks: unknown; type: View["type"] };
    if (given !== type) throw new Refused("invalid_arguments", { errors: [`expected a view of type "${type}"`] });
    const externalId = (fields as { external_id?: string }).external_id;
    const others = this.stack(userId).filter((v) => v !== self);
    if (externalId !== undefined && others.some((v) => v.fields.external_id === externalId))
      throw new Refused("duplicate_external_id");
    return { type, blocks: withIds(blocks, this.#world), fields };
  }

  #newHash(): string {
    return `${Math.floor(Date.now() / 1000)}.${this.#world.newId("")}`;
  }
}

/** `state.values`: every input of a view or message, by block and action. */
export function stateOf(blocks: readonly Block[], entries: Entries): Record<string, Record<string, unknown>> {
  const values: Record<string, Record<string, unknown>> = {};
  for (const found of elementsOf(blocks)) {
    const { block, element } = found;
    if (/button/.test(element.type) && element.type !== "radio_buttons") continue;
    const state = { type: element.type, ...enteredFields(element, entryIn(entries, found)) };
    values[block.block_id!] = { ...values[block.block_id!], [element.action_id]: state };
  }
  return values;
}
