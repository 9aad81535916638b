import type { Template } from "../generate.ts";

/** "3D" is a space, "in 3d" is a while. */
export const dimensions: Template[] = [
  {
    says: "3D U-Net on 400 CT scans, {card}",
    means: { exampleCount: 400, modality: "vision" },
    never: ["deadlineHours"],
    mayMean: { model: "*", task: "*" },
  },
  {
    says: "segment tumours in 3D volumes, 300 3D CT scans, {cards}",
    means: { exampleCount: 300, task: "segmentation" },
    never: ["deadlineHours"],
  },
  { says: "2d slices and 3d meshes, {model} {adapter} {rows}", never: ["deadlineHours"] },
  {
    says: "a 1d cnn over sensor traces, {rows}, {card}",
    never: ["deadlineHours"],
    mayMean: { modality: "*", task: "*" },
  },
  { says: "3-D object detection from lidar, {card}", means: { task: "detection" }, never: ["deadlineHours"] },
  {
    says: "classify 3d scans, 900 3d scans, {card}",
    means: { exampleCount: 900, task: "classification" },
    never: ["deadlineHours"],
  },
  { says: "4D ultrasound volumes, 250 studies, {cards}", means: { exampleCount: 250 }, never: ["deadlineHours"] },
  { says: "{model} {adapter} {rows}, in 3d please", means: { deadlineHours: 72 } },
  { says: "{model} {adapter} {rows}, 2d max", means: { deadlineHours: 48 } },
  { says: "need it within 4d, {model} {adapter} {rows}", means: { deadlineHours: 96 } },
  { says: "3d left. {model} {adapter} {rows}", means: { deadlineHours: 72 } },
];

/** Hours of sound are data: neither a deadline nor a count. */
export const recordings: Template[] = [
  {
    says: "fine-tune whisper small on 200 hours of call recordings, {card}",
    means: { model: "whisper-small", audioHours: 200 },
    never: ["deadlineHours", "exampleCount"],
  },
  {
    says: "80h of swahili speech for wav2vec2, {card}",
    means: { model: "wav2vec2", audioHours: 80 },
    never: ["deadlineHours", "exampleCount"],
  },
  {
    says: "we recorded 45 minutes of my voice, xtts fine-tune, {card}",
    means: { model: "xtts", audioHours: 0.75 },
    never: ["deadlineHours"],
    mayMean: { exampleCount: "*", task: "*" },
  },
  {
    says: "audio dataset: 120 hours, whisper medium, {cards}",
    means: { model: "whisper-medium", audioHours: 120 },
    never: ["deadlineHours"],
  },
  {
    says: "40 Stunden Sprachaufnahmen, whisper small trainieren",
    means: { model: "whisper-small", audioHours: 40 },
    never: ["deadlineHours"],
  },
  {
    says: "whisper small微调,300小时语音,{card}",
    means: { model: "whisper-small", audioHours: 300 },
    never: ["deadlineHours"],
  },
  {
    says: "1.5k hours of podcasts, train a parakeet model, {cards}",
    means: { audioHours: 1500 },
    never: ["deadlineHours", "exampleCount"],
    mayMean: { model: "*" },
  },
  {
    says: "whisper large v3 with 90 hrs of transcribed interviews, {hours} to finish",
    means: { model: "whisper-large-v3", audioHours: 90 },
    never: ["exampleCount"],
  },
  {
    says: "transcribe 500 hours of calls per day, whisper large v3, {cards}",
    means: { model: "whisper-large-v3" },
    never: ["deadlineHours", "audioHours"],
  },
  { says: "whisper small, {rows}, done within {hours}", means: { model: "whisper-small" }, never: ["audioHours"] },
];

const serve = { phase: "serve" };
/** Tokens in and out of one request; the first token and the whole answer. */
export const requests: Template[] = [
  {
    says: "{model} api, prompts of 2000 tokens, answers of 400, {rps}",
    means: { promptTokens: 2000, outputTokens: 400 },
    mayMean: serve,
  },
  { says: "serve {model}: 1500 in, 300 out, {rps}", means: { promptTokens: 1500, outputTokens: 300 } },
  {
    says: "{model}, 900 tokens in and 120 tokens out, {users}",
    means: { promptTokens: 900, outputTokens: 120 },
    mayMean: serve,
  },
  {
    says: "host {model}, input 1000 output 200, {rps}",
    means: { promptTokens: 1000, outputTokens: 200 },
    mayMean: serve,
  },
  {
    says: "{model} at {rps}, 3000/500 tokens in/out",
    means: { promptTokens: 3000, outputTokens: 500 },
    mayMean: serve,
  },
  { says: "ISL/OSL 2048/128, {model} on {cards}", means: { promptTokens: 2048, outputTokens: 128 }, mayMean: serve },
  {
    says: "deploy {model} for {users}, inputs average 1200 tokens and replies about 250",
    means: { promptTokens: 1200, outputTokens: 250 },
    mayMean: serve,
  },
  {
    says: "requests of 600 tokens with completions of 80 tokens, {model}, {rps}",
    means: { promptTokens: 600, outputTokens: 80 },
    mayMean: serve,
  },
  {
    says: "50k prompts with answers, {adapter} {model} on {card}",
    means: { exampleCount: 50000 },
    never: ["promptTokens", "outputTokens"],
  },
  { says: "{model} {adapter}, {rows} in 4 languages, {card}", never: ["promptTokens", "outputTokens"] },
  { says: "p95 first token under 300 ms, {model}, {rps}", never: ["latencyMs"], mayMean: serve },
  { says: "TTFT < 500ms for {model} with {users}", never: ["latencyMs"], mayMean: serve },
  { says: "{model}, {rps}, 400 ms to first token", never: ["latencyMs"], mayMean: serve },
  {
    says: "time to first token below 0.4 s, whole answer within 5 s, {model}, {rps}",
    means: { latencyMs: 5000 },
    mayMean: serve,
  },
  { says: "{model} chat, tpot under 40ms, {users}", means: { tokensPerSecond: 25 }, mayMean: { ...serve, task: "*" } },
  { says: "{model}: first word after at most 250ms, {users}", never: ["latencyMs"], mayMean: serve },
  { says: "{model} must answer within {latency}, {rps}", mayMean: serve },
];

/** Thousands with dots, compounds, counts behind their noun, digits that are names, counts of nothing. */
export const counting: Template[] = [
  { says: "15.000 Kundenmails klassifizieren mit {model}", means: { exampleCount: 15000, task: "classification" } },
  { says: "{model} {adapter}, 20.000 Supporttickets", means: { exampleCount: 20000 } },
  {
    says: "1.250.000 Produktbilder, resnet50, {cards}",
    means: { exampleCount: 1.25e6, model: "resnet50" },
    mayMean: { task: "*" },
  },
  { says: "15.250 klantmails en {model} met {adapter}", means: { exampleCount: 15250 } },
  { says: "8.500 Röntgenbilder, resnet50", means: { exampleCount: 8500, model: "resnet50" }, mayMean: { task: "*" } },
  { says: "12.500 righe per {model}, {adapter}", means: { exampleCount: 12500 } },
  { says: "3.500 Arztbriefe, {model} {adapter} auf {card}", means: { exampleCount: 3500 } },
  { says: "support tickets (50k), {model} {adapter} {card}", means: { exampleCount: 50000 } },
  { says: "{model} {adapter}. reviews: 12,000. {card}", means: { exampleCount: 12000 } },
  {
    says: "predict ICD-10 codes from discharge summaries, 20k, {card}",
    means: { exampleCount: 20000, task: "classification" },
  },
  { says: "assign CPT codes to visit notes, {rows}, {card}", means: { task: "classification" } },
  { says: "COVID-19 reports, {rows}, {model} {adapter}" },
  { says: "{model} {adapter} on -5 examples, {card}", never: ["exampleCount"] },
  { says: "0 epochs, {model} {adapter} {rows}", never: ["epochs"] },
  { says: "{model} {adapter} {rows}, epochs = -1, {card}", never: ["epochs"] },
  { says: "{model} {adapter} with 0 gpus, {rows}", never: ["acceleratorCount"] },
  { says: "{model} - {adapter} - {rows} - {cards}" },
];

const changing = { means: { knowledge: "changing" } };
/** What is known today is wrong tomorrow, or it is not. */
export const knowledge: Template[] = [
  { says: "chatbot over docs that change daily, {rows}", ...changing },
  { says: "answer questions about our wiki, which gets edited every other day", ...changing },
  { says: "our policies are revised several times a week, {model}, {users}", means: changing.means, mayMean: serve },
  { says: "assistant for constantly changing price lists, {users}", means: changing.means, mayMean: serve },
  { says: "new articles every day, the bot has to know them. {users}", means: changing.means, mayMean: serve },
  { says: "the information goes stale within days, {model} {rows}", ...changing },
  { says: "daily updates to the catalogue, {model}, {users}", means: changing.means, mayMean: serve },
  { says: "handbook updated weekly, {model} {adapter} {rows}", ...changing },
  { says: "frequently updated faqs, {model} {adapter}", ...changing },
  { says: "unsere Dokumente ändern sich täglich, {model}, {users}", means: changing.means, mayMean: serve },
  { says: "our docs rarely change, {model} {adapter} {rows}", never: ["knowledge"] },
  { says: "we retrain every week on new tickets, {model} {adapter} {card}", never: ["knowledge"] },
  { says: "{rows} of daily reports, {model} {adapter}", never: ["knowledge"] },
];

/** Names that no catalog knows, families without a version, and words that are no names. */
export const names: Template[] = [
  { says: "fine-tune Foobar-9000 13B on {rows}", means: { model: "Foobar-9000", parameterCount: 13e9 } },
  { says: "train yolov8 on 5k images, {card}", means: { model: "yolov8", exampleCount: 5000 }, mayMean: { task: "*" } },
  { says: "YOLO11 for 3k photos, {card}", means: { model: "YOLO11", exampleCount: 3000 }, mayMean: { task: "*" } },
  { says: "resnet on 8k images, {card}", means: { model: "resnet", exampleCount: 8000 }, mayMean: { task: "*" } },
  { says: "resnet-50 1M images, {cards}", means: { model: "resnet-50", exampleCount: 1e6 }, mayMean: { task: "*" } },
  { says: "fine-tune something on {rows}, {card}", never: ["model"], mayMean: { task: "*" } },
  { says: "train an image classifier on {rows}, {card}", never: ["model"], means: { task: "classification" } },
  { says: "serve NebulaChat-2 7B, {rps}", means: { model: "NebulaChat-2", parameterCount: 7e9 } },
  { says: "the cheapest way to {adapter} {model} on {rows}" },
  { says: "{model} {adapter} {rows}, as cheap as possible" },
  { says: "fastest possible: {model} {adapter} {rows}" },
];
