import type { Template } from "../generate.ts";

/** Whose the hardware is. */
export const ownership: Template[] = [
  { says: "{adapter} {model} on {card} of ours, {rows}", means: { owned: true } },
  { says: "{cards} that we already have, {model} {adapter} {rows}", means: { owned: true } },
  { says: "{model} {adapter}, {rows}. we own {cards}", means: { owned: true } },
  { says: "using our own {name}: {model} {adapter} {rows}", means: { owned: true } },
  { says: "{card} of mine, can it {adapter} {model}?", means: { owned: true } },
  { says: "there are {cards} sitting idle here, {model}, {adapter}, {rows}", means: { owned: true } },
  { says: "{cards}, in-house. {model} {adapter} {rows}", means: { owned: true } },
  { says: "we bought {cards} last year, {adapter} of {model}", means: { owned: true } },
  { says: "{cards} (already paid for), {model}, {adapter}", means: { owned: true } },
  { says: "{model} {adapter} on my {name}, {rows}", means: { owned: true }, mayMean: { acceleratorCount: 1 } },
  {
    says: "a 24 GB gpu of ours, {adapter} {model}",
    means: { owned: true, acceleratorMemoryGib: 24, acceleratorCount: 1 },
  },
  {
    says: "{cards} which belong to us, no cloud: {model} {adapter}",
    means: { owned: true, constraints: ["no-cloud"] },
  },
  { says: "rent {cards} for our {model} {adapter}, {rows}", means: { owned: false } },
  { says: "{rows} of ours, {model} {adapter} on {card}", never: ["owned"], mayMean: { dataStatus: "*" } },
  {
    says: "{cards} for {model}; the {rows} that we already have are clean",
    never: ["owned"],
    mayMean: { dataStatus: "*" },
  },
];

/** One computer, and nothing beside it. */
export const computers: Template[] = [
  { says: "laptop only, {adapter} {size}, {rows}", means: { deploymentTarget: "local", constraints: ["no-cloud"] } },
  { says: "just my laptop. {model} {adapter} {rows}", means: { deploymentTarget: "local", constraints: ["no-cloud"] } },
  { says: "{adapter} {model} on my MacBook, {rows}", means: { deploymentTarget: "local", owned: true } },
  {
    says: "nothing but my macbook pro, {size} {adapter}, {rows}",
    means: { deploymentTarget: "local", constraints: ["no-cloud"] },
  },
  {
    says: "only on my laptop please, {model} {adapter} {rows}",
    means: { deploymentTarget: "local", constraints: ["no-cloud"] },
  },
  {
    says: "using only this laptop: {model} {adapter} {rows}",
    means: { deploymentTarget: "local", constraints: ["no-cloud"] },
  },
  { says: "{model} {adapter} {rows}, mac mini only", means: { deploymentTarget: "local", constraints: ["no-cloud"] } },
  {
    says: "{model} {adapter} {rows} - PC only",
    means: { constraints: ["no-cloud"] },
    mayMean: { deploymentTarget: "local" },
  },
  {
    says: "i only have a laptop, so what can i rent? budget {usd}, {model} {adapter}",
    never: ["constraints"],
    mayMean: { deploymentTarget: "local" },
  },
  {
    says: "not only my laptop, also {cards}. {model} {adapter}",
    never: ["constraints"],
    mayMean: { deploymentTarget: "local" },
  },
];

/** Machines that may be taken away. */
export const interruptions: Template[] = [
  { says: "{model} {adapter} {rows}, spot", means: { constraints: ["spot-ok"] } },
  { says: "{cards} spot instances, {model} {adapter}", means: { constraints: ["spot-ok"] } },
  { says: "{model} {adapter} {rows}, preemptible, {usd}", means: { constraints: ["spot-ok"] } },
  { says: "run it on spot. {model} {adapter} {rows}", means: { constraints: ["spot-ok"] } },
  { says: "preemptibles are fine, {model} {adapter} {rows}", means: { constraints: ["spot-ok"] } },
  { says: "spot {name}, {model} {adapter} {rows}", means: { constraints: ["spot-ok"] } },
  { says: "we could live with interruptible machines; {model} {adapter} {rows}", means: { constraints: ["spot-ok"] } },
  { says: "no preemptible vms please, {model} {adapter} {rows}", means: { constraints: ["no-spot"] } },
  { says: "the run must not be interrupted: {model} {adapter} {rows}", means: { constraints: ["no-spot"] } },
  { says: "no spot, {model} {adapter} {rows}", means: { constraints: ["no-spot"] } },
  { says: "on-demand only. {model} {adapter} {rows}", means: { constraints: ["no-spot"] } },
  { says: "spot the mistakes in {rows}, {model} {adapter}", never: ["constraints"] },
  {
    says: "detect hot spots on {rows}, {model} {adapter}",
    never: ["constraints"],
    mayMean: { task: "*", modality: "*" },
  },
];

const inside = { means: { constraints: ["no-cloud"] }, mayMean: { deploymentTarget: "on-premises" } };
/** Data that stays behind somebody's walls. */
export const walls: Template[] = [
  { says: "data must stay in our hospital. {model} {adapter} {rows}", ...inside },
  { says: "the data has to remain on our premises, {model} {adapter} {rows}", ...inside },
  { says: "everything stays inside the bank: {model} {adapter} {rows}", ...inside },
  { says: "patient data is kept within the clinic, {model} {adapter}", ...inside },
  {
    says: "keep all data behind our firewall, {model}, {rps}",
    means: inside.means,
    mayMean: { ...inside.mayMean, phase: "serve" },
  },
  { says: "must be processed on our own servers, {model} {adapter} {rows}", ...inside },
  { says: "nothing may leave the company network; {model} {adapter} {rows}", ...inside },
  { says: "records can only be stored within the ministry. {model} {adapter}", ...inside },
  { says: "daten müssen in der klinik bleiben, {model} mit {adapter}", ...inside },
  { says: "los datos deben permanecer en el hospital, {model} con {adapter}", ...inside },
  { says: "les données doivent rester chez nous, {model}, {adapter}", ...inside },
  { says: "weights stay in memory, {model} {adapter} {card}", never: ["constraints"] },
  {
    says: "pictures taken inside the factory, {rows}, {model} {adapter}",
    never: ["constraints"],
    mayMean: { modality: "*" },
  },
];
