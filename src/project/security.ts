import { choiceOf, type ProjectContext } from "./context.ts";
import { credentialsOf } from "./credentials.ts";
import { servedByVllm } from "./deployment-settings.ts";
import { placeholder } from "./environment.ts";
import { code, list, page, table } from "./markdown.ts";
import { onSageMaker } from "./sagemaker-endpoint.ts";

const GUARDED =
  "vLLM's own key leaves routes outside `/v1` open: `inference/vllm/guard.py` stands before it and closes all but the task's route and the probes. Do not start vLLM without it.";

/** What only one way to serve has to say. */
function ofTheWay(deployment: string | undefined, byVllm: boolean): string[] {
  switch (deployment) {
    case "vllm":
      return [
        GUARDED,
        "`/health` and `/metrics` have no key: the network policy lets the gateway and monitoring in and nothing out.",
      ];
    case "hf-inference-endpoints":
      return [
        "The endpoint is `authenticated`: callers send a Hugging Face token, `API_KEY` is for the smoke server alone. The weights' repository is private; `make endpoint-push` refuses a public one.",
        "With `engine: handler` Hugging Face's toolkit may print request bodies to its log: with personal data take `engine: vllm`.",
      ];
    case "modal-functions":
      return [
        ...(byVllm ? [GUARDED] : []),
        "The address on Modal is public: the key protects it. It lives in a secret of Modal, in no file, and only containers see it.",
      ];
    default:
      return [];
  }
}

/** Who limits what: vLLM shortens an answer where the project's own server refuses the request. */
function limits(context: ProjectContext): string[] {
  if (!servedByVllm(context))
    return [
      "Body size, prompt length, answer length, requests a minute, running and waiting requests are all limited in configs/serve.yaml.",
    ];
  return [
    choiceOf(context, "deployment")?.used?.id === "hf-inference-endpoints"
      ? "Body size and rate are limited by the platform alone: configs/serve.yaml holds for the smoke server."
      : "Body size, requests a minute and waiting requests are limited in configs/serve.yaml.",
    "Prompt and answer share `max-model-len` of inference/vllm/engine.yaml: a longer prompt is refused, and an answer ends at `max_new_tokens` whatever a request asks for. More than one answer to a request (`n`) is refused.",
  ];
}

const hosted = (deployment: string | undefined): boolean =>
  deployment === "modal-functions" || deployment === "hf-inference-endpoints";

/** SECURITY.md: docs/security/SECURITY-RULES.md condensed to what this project touches. */
export function security(context: ProjectContext): string {
  const { projectName, workload } = context;
  const credentials = credentialsOf(context);
  const deployment = choiceOf(context, "deployment")?.used?.id;
  const byVllm = servedByVllm(context);
  const rules = workload.constraints.filter((c) => c === "hipaa" || c === "gdpr" || c === "soc2" || c === "eu-only");
  const offline = workload.constraints.some((c) => c === "offline" || c === "air-gapped" || c === "no-cloud");
  return page(
    "# Security",
    page(
      "## Keys",
      list([
        "No key, password or token is in any file of this project, and none may be added: code reads them from the environment.",
        `Examples hold placeholders only: ${code(placeholder(projectName, "ENV"))} for each environment, ${code("your_service_key_here")} elsewhere. The code takes a placeholder for no key at all.`,
        "`.env*` is ignored by git, except `.env.example` and `.env.*.example`. Run `chmod 600 .env`.",
        "One key for each environment and each person, with the least rights that work. Never the production key on a development machine.",
        "Never pass a key on a command line (others see it in the process list), in a notebook cell, in a log or in an experiment's settings.",
      ]),
      table(
        ["Service", "Variable", "How to get it", "How to change it"],
        credentials.map((s) => [s.title, s.variables.map((v) => code(v.name)).join(", "), s.obtain, s.rotate]),
      ),
    ).trimEnd(),
    page(
      "## When a key leaked",
      [
        "1. Revoke it where it was issued (the table above), first: deleting the file or the commit does not help.",
        "2. Make a new one and put it into the environment of whatever used the old one.",
        "3. Look at the provider's usage and audit log from the day it leaked; tell your security team.",
        "4. Then remove it from the history (`git filter-repo`) and force everybody to clone again.",
        "5. Write down how it got there. `ml-architect verify .` looks for keys in every text file: run it before you publish.",
      ].join("\n"),
    ).trimEnd(),
    page(
      "## Models and code from others",
      list([
        "`trust_remote_code` is false and stays false: a model's repository never runs code here.",
        "Weights are safetensors. Pickle is never loaded (`torch.load` only with `weights_only=True`): a pickle runs whatever it likes.",
        "Pin `model.revision` in configs/base.yaml to a commit: a name alone can change under you.",
        "Packages are installed with `--require-hashes` from requirements.lock: a replaced package does not install.",
      ]),
    ).trimEnd(),
    page(
      "## The server",
      list([
        "It does not start on any address but loopback without its key (serving.api_key_env, default `API_KEY`).",
        ...ofTheWay(deployment, byVllm),
        ...(onSageMaker(context)
          ? [
              "At SageMaker's endpoint IAM asks who calls: give callers a role that may `sagemaker:InvokeEndpoint` there and nothing else. The key behind it is made anew in each container, which has no network and runs as root, as SageMaker wants.",
            ]
          : []),
        ...limits(context),
        ...(hosted(deployment)
          ? ["The platform ends TLS and runs the container."]
          : [
              "It speaks HTTP: put TLS in front of it, and never open its port to the internet directly.",
              `The container runs as a user without rights; run it with a read-only root (${code(`docker run --read-only --tmpfs /tmp${byVllm ? ":exec,size=10g" : ""}`)}) and without added capabilities.`,
            ]),
        "Prompts and answers are not written to the log. If you add that, treat the log as personal data.",
      ]),
    ).trimEnd(),
    page(
      "## Data",
      list([
        "`data/raw`, `data/processed` and `data/media` are ignored by git: data does not belong in the repository.",
        "A model can repeat what it was trained on: remove personal data and keys before training, not after.",
        ...(offline
          ? [
              "This plan is offline: set `HF_HUB_OFFLINE=1` and keep tracking.offline true; bring weights and packages in on a checked medium.",
            ]
          : []),
        ...(rules.length > 0
          ? [
              `You named ${rules.map(code).join(", ")}. This project helps (offline tracking, limits, no logged prompts), but is no proof of compliance: the security specialist's brief in handoff/ lists what has to be shown.`,
            ]
          : []),
      ]),
    ).trimEnd(),
  );
}
