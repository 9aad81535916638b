import type { Template } from "../generate.ts";

/** Budgets, periods, currencies, and prices that are not a budget. */
export const money: Template[] = [
  { says: "{model} {adapter}, {rows}, max {usd} total", means: { budgetPeriod: "total" } },
  { says: "budget is {usd} {period}, serving {model} to {users}", mayMean: { phase: "serve" } },
  { says: "i can spend {usd}. {rows}, {size} model, {adapter}" },
  { says: "{foreign} budget, {model} {adapter} {rows}", never: ["budgetUsd"] },
  { says: "boss approved {usd} for this, {model} on {rows}" },
  { says: "cap of {usd} {period}, {model} endpoint, {rps}", mayMean: { phase: "serve" } },
  { says: "no more than {foreign}, want {adapter} of {model}", never: ["budgetUsd"] },
  {
    says: "runpod charges $0.44/h for a 3090, {adapter} {model} on {rows}, how much will it cost",
    means: {},
    never: ["budgetUsd"],
    mayMean: { accelerator: "*", platform: "*", acceleratorCount: 1 },
  },
  { says: "we were quoted {~usd} by a consultant, ridiculous. {model} {adapter} {rows}?", never: ["budgetUsd"] },
  { says: "{usd} to spend, {card} on lambda, {model} {adapter}", mayMean: { platform: "*" } },
  {
    says: "last month we burned {~usd} on openai. want to move to {model}, {rps}",
    never: ["budgetUsd"],
    mayMean: { phase: "serve" },
  },
  { says: "money is tight: {usd}. {model}, {rows}. cheapest way?" },
  {
    says: "zero budget, free colab, {adapter} {model}",
    means: { budgetUsd: 0, platform: "colab" },
    mayMean: { accelerator: "t4", acceleratorCount: 1 },
  },
  { says: "under {usd} all in pls. {rows} {model} {adapter} {length}" },
  {
    says: "hardware budget {foreign}, run {model} at home for {users}",
    never: ["budgetUsd"],
    mayMean: { deploymentTarget: "*", phase: "*" },
  },
  { says: "willing to pay up to {usd} for training {model} on {rows}" },
  {
    says: "{usd} in aws credits, {model} {adapter} {rows}",
    mayMean: { platform: "aws", constraints: ["existing-aws"] },
  },
  {
    says: "gpu costs me $2 an hour already ({card}), {model} {adapter} {rows}. total?",
    never: ["budgetUsd"],
    mayMean: { budgetPeriod: "*", owned: "*" },
  },
];
