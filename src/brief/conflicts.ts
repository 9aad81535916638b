import type { BriefField } from "./brief.ts";
import type { Reading } from "./reading.ts";
import type { Span } from "./text.ts";

/** What leaves the building or the network, in words or by choice. */
const RENTS = /\b(?:rent(?:ing|ed|al)?|lease|cloud gpus?|spot instances?)\b|租/;
const CLOUD_PLATFORMS =
  /^(?:aws|gcp|azure|azure-ml|sagemaker|vertex|bedrock|runpod|vast|lambda|modal|colab|kaggle|paperspace|coreweave|together|replicate)$/;

/** Machines that can stand in a network of the customer's. */
const VPC_PLATFORMS = /^(?:aws|gcp|azure|azure-ml|sagemaker|vertex|bedrock|coreweave)$/;

/** Statements of one text that cannot all hold. They are shown; none is dropped. */
export function findConflicts(reading: Reading, closed: readonly Span[]): void {
  const { brief, text } = reading;
  const constraints = new Set<string>(brief.constraints?.value ?? []);
  const add = (fields: BriefField[], words: string) => reading.conflicts.push({ fields, text: words });
  const inside =
    ["no-cloud", "air-gapped", "offline"].find((c) => constraints.has(c)) ??
    (brief.deploymentTarget?.value === "on-premises" ? "on-premises" : undefined);
  const platform = brief.platform?.value;
  const rents = RENTS.exec(text.low);
  const api = closed[0];
  // GPT or Claude named beside a closed network: to compare with is harmless, to use is not.
  if (
    inside &&
    inside !== "on-premises" &&
    api &&
    /\b(?:use|using|call|via|through|with|api)\b/.test(text.low.slice(Math.max(0, api[0] - 24), api[1] + 16))
  )
    add(
      ["constraints"],
      `The text asks for ${inside} and speaks of "${text.given.slice(...api)}", which is reached over the internet.`,
    );
  if (inside && platform && CLOUD_PLATFORMS.test(platform))
    add(["constraints", "platform"], `The text asks for ${inside} and for ${platform}, which is a cloud.`);
  else if (inside && rents) {
    add(
      brief.budgetUsd || brief.budget ? ["constraints", "budgetUsd"] : ["constraints"],
      `The text asks for ${inside} and speaks of "${rents[0]}": rented hardware stands elsewhere.`,
    );
  } else if (
    inside &&
    inside !== "on-premises" &&
    [...constraints].some((c) => /^existing-(?:aws|gcp|azure)$/.test(c))
  ) {
    add(["constraints"], `The text asks for ${inside} and for a public cloud.`);
  }
  if (brief.ownAccount?.value && platform && CLOUD_PLATFORMS.test(platform) && !VPC_PLATFORMS.test(platform))
    add(
      ["ownAccount", "platform"],
      `The text asks that nothing leaves a VPC and for ${platform}, whose machines stand in its own network.`,
    );
  if (constraints.has("spot-ok") && constraints.has("no-spot"))
    add(["constraints"], "The text both allows and refuses spot instances.");
  if (
    brief.dataStatus?.value === "collect" &&
    brief.phase &&
    brief.phase.value !== "serve" &&
    brief.exampleCount === undefined
  ) {
    add(["dataStatus", "phase"], "The text asks for training and says that there is no data yet.");
  }
  if (brief.nodeCount && brief.acceleratorCount && brief.nodeCount.value > brief.acceleratorCount.value) {
    add(
      ["nodeCount", "acceleratorCount"],
      `${brief.nodeCount.value} machines cannot share ${brief.acceleratorCount.value} accelerators.`,
    );
  }
  if (constraints.has("eu-only") && /\bus-(?:east|west)-?\d?\b|\bus regions?\b|\bin the us\b/.test(text.low))
    add(["constraints"], "The text asks for the EU only and names a region in the US.");
  if (/^(?:colab|kaggle)$/.test(platform ?? "") && constraints.has("hipaa"))
    add(["constraints", "platform"], `HIPAA data may not go to ${platform}: no agreement covers it.`);
  const gpus = /\b(?:no|without(?: a| any)?) gpus?\b/.exec(text.low);
  if (gpus && brief.accelerator)
    add(["accelerator"], `The text says "${gpus[0]}" and names ${brief.accelerator.value}.`);
  if (
    brief.budgetUsd?.value === 0 &&
    brief.platform &&
    /^(?:aws|gcp|azure|sagemaker|vertex|runpod|lambda|modal|coreweave)$/.test(platform ?? "")
  ) {
    add(["budgetUsd", "platform"], `A budget of 0 and ${platform}, which is paid.`);
  }
}
