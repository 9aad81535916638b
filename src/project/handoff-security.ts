import { hasKey } from "./configs.ts";
import { choiceOf, type ProjectContext } from "./context.ts";
import { credentialsOf } from "./credentials.ts";
import { fetching } from "./deployment-guide.ts";
import { servedByVllm } from "./deployment-settings.ts";
import type { Brief } from "./handoff-brief.ts";
import { code, sentence } from "./markdown.ts";
import { onSageMaker } from "./sagemaker-endpoint.ts";

/** The brief for whoever answers for keys, data and licences. */
export function securitySpecialist(context: ProjectContext): Brief {
  const { plan, workload } = context;
  const { model } = workload;
  const rules = workload.constraints.filter((c) =>
    /hipaa|gdpr|soc2|eu-only|air-gapped|offline|no-cloud|licence|weights/.test(c),
  );
  const offer = context.hardware?.offer;
  const prompted = hasKey(context, "serving.max_input_tokens");
  const byVllm = servedByVllm(context);
  const guarded = !(byVllm && choiceOf(context, "deployment")?.used?.id === "hf-inference-endpoints");
  const promptLimit = byVllm
    ? "with a prompt above `max-model-len` (400), for two answers at once (`n`, 400)"
    : "with a prompt above `max_input_tokens` (400)";
  return {
    role: "security specialist",
    goal: "Show that keys, data, model and server are handled as SECURITY.md promises, before anything reaches production.",
    context: [
      "You say whether it may go live. The generator wrote no key anywhere and refuses to; keys come from the environment, weights are safetensors, remote code is off, packages are installed by hash. What follows is what it cannot know.",
    ],
    inputs: [
      ["`SECURITY.md`", "what the project promises", "the project"],
      ["`.env.example`", "every variable, each with where its value comes from", "the project"],
      ["`requirements*.lock`", "every package with its hashes", "the project"],
      ["`data/DATA_CARD.md`", "origin and personal data", "data engineer"],
      context.training
        ? ["`models/versions.jsonl`", "hashes of what is served", "training specialist"]
        : ["`models/export/export.json`", "hashes of what is served", code(fetching(context))],
    ],
    outputs: [
      ["a list of keys", "owner, place, date of the next change, for each environment", "by hand"],
      [
        "a report on faults of packages and images",
        "what was found, and what became of it",
        "`pip-audit --require-hashes -r requirements.lock`, and your scanner of images",
      ],
      ["a word for each rule that was named", "evidence and who signed it", "by hand"],
    ],
    decided: ["platform", "deployment", "tracking", "registry"],
    facts: [
      ["Constraints named", rules.length > 0 ? rules.map(code).join(", ") : "none"],
      ...(workload.ownAccount ? [["Machines", "in a cloud account of your own, inside its VPC"]] : []),
      [
        "Licence of the base",
        `${model.licence ? code(model.licence) : "unknown"}, ${model.licenceVerified ? "verified" : "not verified"}${model.gated ? ", gated" : ""}`,
      ],
      ...(context.training
        ? [["Where training runs", offer ? `${code(offer.platform)}, ${code(offer.region)}` : "hardware of your own"]]
        : []),
      ["Where it serves", code(workload.deploymentTarget)],
      ["Environments", workload.environments.length > 0 ? workload.environments.map(code).join(", ") : "one"],
      [
        "Services with keys",
        credentialsOf(context)
          .map((s) => s.title)
          .join(", "),
      ],
    ],
    work: [
      "Read the licence of the base model for this use, and the terms of every service in the list.",
      "Decide where keys live in each environment (a secret store, not files), who may read them and how often they change.",
      context.training
        ? "Check the data for personal data and keys before training; test the trained model for repeating it."
        : "Check the examples that judge for personal data and keys.",
      `Test the server: ${onSageMaker(context) ? "as somebody who may not `sagemaker:InvokeEndpoint` (refused), " : "without a key (401), with an old key (401), "}${guarded ? "with a body above `max_request_bytes` (413), " : ""}${prompted ? `${promptLimit}, ` : ""}${guarded ? `with more at once than ${byVllm ? "`max-num-seqs`" : "`max_concurrent_requests`"} and \`queue_limit\` together (429), ` : ""}${prompted ? "and with prompts meant to break out" : "and with files that are no pictures, sounds or texts at all"}.`,
      "Scan the container images and the locked packages for known faults, and again every week.",
    ],
    questions: [
      ...plan.conflicts.map((c) => sentence(c.text)),
      ...(model.licenceVerified
        ? []
        : ["The licence of the base was not verified by the planner: may it be used for this?"]),
      ...(rules.some((r) => r === "hipaa" || r === "gdpr") && offer
        ? ["Is there an agreement with the provider that the named rules ask for?"]
        : []),
      "Who answers when a key leaks on a Sunday?",
    ],
    acceptance: [
      "`ml-architect verify .` finds no key in the files, and a scan of the git history finds none either",
      `model.revision is pinned to a commit${context.targets.has("pin-revision") ? " (`make pin-revision`)" : ""}, and weights are safetensors only`,
      "Every key in the list has an owner, a place and a date of change",
      "No prompt or answer is in any log unless somebody decided so in writing",
      ...(rules.length > 0 ? [`For each of ${rules.map(code).join(", ")}: the evidence and who signed it`] : []),
    ],
    risks: {
      ofPlan: /licence|gated|region|personal|certificate|spot|serving|egress/i,
      standing: [
        "A model name can be taken over or changed on the hub (medium): a pinned commit cannot.",
        "A prompt can carry orders from a stranger (high where answers start actions): treat every answer as input of a stranger.",
        "A log of prompts is a second database of personal data (high): none is written unless somebody adds it.",
      ],
    },
    files: ["SECURITY.md", ".env.example", "configs/serve.yaml", "Dockerfile"],
  };
}
