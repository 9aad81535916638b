import type { InputBlock, ModalView, PlainTextInput, StaticSelect } from "@slack/types";
import { plain } from "../blocks/escape.ts";

/** The fields of the form: what most plans hang on. Everything else is a question or an assumption. */
type FormField = "request" | "accelerator" | "budget" | "deadline" | "place";

const PLACES = [
  ["anywhere", "Wherever it is cheapest"],
  ["ours", "Hardware that we own"],
  ["aws", "AWS"],
  ["gcp", "Google Cloud"],
  ["azure", "Azure"],
  ["eu", "Must stay in the EU"],
  ["nowhere", "Must not leave our rooms"],
] as const;

const SAID: Record<(typeof PLACES)[number][0], string> = {
  anywhere: "",
  ours: "on our own hardware",
  aws: "on AWS",
  gcp: "on Google Cloud",
  azure: "on Azure",
  eu: "data must stay in the EU",
  nowhere: "no cloud, data must not leave our rooms",
};

/** The command without words. `target` says where the answer goes: signed, because it comes back from the client. */
export function formView(target: string, request = ""): ModalView {
  return {
    type: "modal",
    callback_id: "form",
    private_metadata: target,
    title: plain("Design an ML system"),
    submit: plain("Plan it"),
    close: plain("Cancel"),
    blocks: [
      input("request", "What do you want to train or serve?", {
        ...text("Fine-tune Llama 3.1 8B on 50k support tickets, serve 5 requests a second", 3000),
        multiline: true,
        ...(request === "" ? {} : { initial_value: request.slice(0, 3000) }),
      }),
      {
        ...input("accelerator", "Which GPU do you have?", text("two RTX 4090, or leave it open", 200)),
        optional: true,
      },
      { ...input("budget", "What may it cost?", text("$500, or $800 a month", 100)), optional: true },
      { ...input("deadline", "When must it be trained?", text("in 3 days", 100)), optional: true },
      { ...input("place", "Where may it run?", places()), optional: true },
    ],
  };
}

const text = (hint: string, longest: number): PlainTextInput => ({
  type: "plain_text_input",
  placeholder: plain(hint),
  max_length: longest,
});

const places = (): StaticSelect => ({
  type: "static_select",
  options: PLACES.map(([value, label]) => ({ text: plain(label), value })),
});

const input = (field: FormField, label: string, element: PlainTextInput | StaticSelect): InputBlock => ({
  type: "input",
  block_id: field,
  label: plain(label),
  element: { ...element, action_id: field },
});

/** What the form says, as the words that a person would have typed: every way in is read by the same reader. */
export function formWords(values: Partial<Record<FormField, string>>): string {
  const place = PLACES.find(([value]) => value === values.place)?.[0];
  return [
    values.request,
    values.accelerator,
    values.budget && `budget ${values.budget}`,
    values.deadline && `deadline ${values.deadline}`,
    place && SAID[place],
  ]
    .map((part) => part?.trim() ?? "")
    .filter((part) => part !== "")
    .join(", ");
}
