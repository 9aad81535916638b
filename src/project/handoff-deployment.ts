import { growthText } from "../plan/names.ts";
import { hasKey } from "./configs.ts";
import { choiceOf, command, decision, type ProjectContext } from "./context.ts";
import { fetching, requestLimits } from "./deployment-guide.ts";
import { deploymentSettings, madeByProject, servedByVllm } from "./deployment-settings.ts";
import { assumed, type Brief, questionsAbout } from "./handoff-brief.ts";
import { code, sentence } from "./markdown.ts";
import { counted, gib, number, ranged, requestRate, seconds, usd, writes } from "./quantities.ts";
import { onSageMaker } from "./sagemaker-endpoint.ts";
import { hubId } from "./settings.ts";

/** What only one way to serve asks of the person. */
const OF_THE_WAY: Readonly<Record<string, readonly string[]>> = {
  "fastapi-docker": ["Build both images, push them by digest, and put the digest into kustomization.yaml."],
  vllm: [
    "Pin the digest of the official image beside its tag: a tag can be moved.",
    "Look at `vllm:kv_cache_usage_perc` and `vllm:num_requests_waiting` under the planned load: waiting requests with an empty cache mean too few `max-num-seqs`, a full cache means too long a `max-model-len`.",
  ],
  "hf-inference-endpoints": [
    "Give callers tokens of their own that may only call the endpoint; the one that manages it stays with you.",
    "Set a spending limit in the account, and decide who pauses the endpoint and when.",
  ],
  "modal-functions": [
    "Measure the first request after the containers have gone: it is the cold start that callers see.",
    "Set a spending limit in the workspace: containers up to max_containers are billed by the second.",
  ],
};

/** The files of the chosen way that the plan filled. */
const filesOf = (context: ProjectContext): string[] =>
  deploymentSettings(context)
    .map(({ path }) => path)
    .filter((path) => context.template.files.has(path));

/** A project has the targets of one deployment. */
const reachedBy = (processors: boolean): string[] => [
  "modal-deploy",
  "endpoint",
  "image-vllm",
  processors ? "image-serve-cpu" : "image-serve",
  "image",
];

/** What a server is tried with; a rate that shows nothing within ten minutes is tried one by one. */
const trial = (perSecond: number): string =>
  perSecond < 0.1 ? "A hundred requests one after another" : `${requestRate(perSecond)} for ten minutes`;

/** The brief for whoever serves the model. */
export function deploymentEngineer(context: ProjectContext): Brief {
  const { plan, workload } = context;
  const { serving } = plan;
  const SERVE = /latency|request|concurr|serving|deploy|context|output/i;
  const chosen = decision(plan, "deployment");
  const asked = workload.serving;
  const sagemaker = onSageMaker(context);
  const made = madeByProject(context);
  return {
    role: "deployment engineer",
    goal: `Put the ${context.training ? "promoted " : ""}model behind ${sentence(chosen?.title ?? "an HTTP server")} for ${code(workload.deploymentTarget)}.`,
    context: [
      `${context.training ? "You get an exported model that the gate promoted." : `The model is ${code(hubId(context))} as it was published; the training specialist says how good it is.`} The request schema is fixed in inference/schemas.py and the same for the smoke server and for what replaces it: callers can build against ${code(command(context, ["serve"], "python -m inference"))} with the tiny model today.`,
    ],
    inputs: [
      [
        "`models/export/`",
        "safetensors, tokenizer or processor, `export.json` with hashes",
        context.training ? "training specialist" : code(fetching(context)),
      ],
      ...(made
        ? [
            [
              code(`${made.folder}/`),
              `what the engine reads: 4-bit ${made.method.toUpperCase()} weights of the export; \`export.json\` says what they were made of`,
              code("make quantise"),
            ],
          ]
        : []),
      ...(context.training
        ? [["`models/versions.jsonl`", "which version that is, and how it measured", "training specialist"]]
        : []),
      ["`configs/serve.yaml`", "every limit of the server", "the project"],
      sagemaker
        ? ["a role that may `sagemaker:InvokeEndpoint`", "what callers sign with", "security specialist"]
        : ["`API_KEY` in the environment", "what callers send", "security specialist"],
    ],
    outputs: [
      [
        "an address",
        "that answers, ready only after the weights are loaded",
        code(
          sagemaker
            ? "scripts/launch_sagemaker.sh deploy"
            : command(context, reachedBy(serving?.accelerator.id === "cpu"), "python -m inference"),
        ),
      ],
      [
        "the load test's report",
        "measured beside predicted",
        code(command(context, ["load-test"], "python scripts/load_test.py")),
      ],
      ["a runbook", "how it is rolled out, watched, scaled and taken back", "by hand"],
    ],
    decided: ["deployment", "platform", "monitoring", "registry"],
    facts: [
      [
        "Serving by",
        chosen
          ? `${sentence(chosen.title)}: ${chosen.reasons.map(sentence).join(" ")}`
          : "not decided: nobody asked for serving",
      ],
      ...(asked
        ? [
            [
              "Asked for",
              `${requestRate(asked.requestsPerSecond)}${asked.media === undefined ? `, ${number(asked.promptTokens)} tokens in` : `, each ${asked.media}`}${asked.outputTokens > 0 ? `, ${number(asked.outputTokens)} tokens out` : ""}${asked.latencyMs ? `, within ${seconds(asked.latencyMs / 1000)}` : ""}`,
            ],
          ]
        : []),
      ...(serving
        ? [
            [
              "Hardware",
              `${counted(serving.replicas, "replica")} of ${serving.acceleratorCountPerReplica} x ${serving.accelerator.name}, engine ${code(serving.engine)}`,
            ],
            ["Limits", requestLimits(workload, serving)],
            ...(writes(serving)
              ? [
                  ["First token", ranged(serving.timeToFirstTokenSeconds, seconds)],
                  ["Each further token", ranged(serving.timePerOutputTokenSeconds, seconds)],
                ]
              : [["An answer", ranged(serving.timeToFirstTokenSeconds, seconds)]]),
            ["Requests/s a replica", ranged(serving.requestsPerSecondPerReplica, number)],
            ["Cold start", ranged(serving.coldStartSeconds, seconds)],
            ...(serving.estimate ? [["Memory needed a device", ranged(serving.estimate.neededGib, gib)]] : []),
            ...(serving.autoscaling ? [["Autoscaling", growthText(serving.autoscaling)]] : []),
          ]
        : []),
      ...(plan.cost?.servingUsdPerMonth && !serving?.owned
        ? [["Cost a month", ranged(plan.cost.servingUsdPerMonth, usd)]]
        : []),
    ],
    work: [
      `${context.training ? "Export the promoted" : "Fetch the"} model (${code(fetching(context))}) and serve it on the real hardware; the smoke server of the checks is a tiny model.`,
      ...(made
        ? [
            "Make the 4-bit weights (`make quantise`, `scripts/compressor/README.md`), read what the comparison with the export says, and register them; ask the training specialist before you serve what it did not promote.",
          ]
        : []),
      "Run the load test and put measured beside predicted.",
      sagemaker
        ? "See that the quota holds max_instances, and twice as many as stand during an update; `startup_seconds` in platforms/sagemaker/settings.yaml must hold the cold start that you measure."
        : "Wire liveness, readiness and the startup probe apart: readiness is true only after the weights are loaded, and a cold start takes as long as the table says.",
      ...(OF_THE_WAY[choiceOf(context, "deployment")?.used?.id ?? ""] ?? []),
      ...(sagemaker
        ? [
            "`/metrics` is out of reach on SageMaker: what a server would say there is in the endpoint's log, and errors, latency, requests in flight and memory of the card are CloudWatch's (`platforms/sagemaker/README.md`). Set the alerts there.",
          ]
        : []),
      `Set alerts on error rate, waiting requests, ${serving === undefined || writes(serving) ? "time to first token" : "latency"} and device memory.`,
      "Practise going back: the previous model must serve again within one cold start.",
    ],
    questions: [
      ...questionsAbout(context, SERVE),
      ...assumed(context, SERVE),
      ...(serving?.notes ?? []).map(sentence),
      ...(asked?.latencyMs === undefined ? ["How long may an answer take? Nobody said."] : []),
      "What may callers see when all replicas are busy: an error at once, or a queue?",
    ],
    acceptance: [
      ...(asked
        ? [
            `${trial(asked.requestsPerSecond)} without an error${asked.latencyMs ? `, 95 in 100 within ${seconds(asked.latencyMs / 1000)}` : ""}`,
          ]
        : ["The load test's result is written down"]),
      ...(made
        ? [
            "`outputs/evaluation-quantised.json` says `promoted`, and a few golden prompts get the same answers from the running engine: the comparison measures the rounded weights, not the engine's kernels",
          ]
        : []),
      sagemaker
        ? "Who may not `sagemaker:InvokeEndpoint` is refused"
        : "Without its key, or with a wrong one, the server answers 401; without the variable it does not start outside loopback",
      servedByVllm(context)
        ? "A prompt above the limit is refused with 400, a longer answer ends at `max_new_tokens`"
        : "A request above each limit is refused with the documented status",
      "A SIGTERM lets running requests end",
      sagemaker
        ? "The endpoint's container has no network (`EnableNetworkIsolation`)"
        : "The container runs as a user without rights, with a read-only root",
    ],
    risks: {
      ofPlan: /serv|latency|answer|month|replica|engine|cold|load/i,
      standing: [
        "A replica that is asked too early loads and fails in a circle (medium): give the startup probe the high end of the cold start.",
        ...(hasKey(context, "serving.max_input_tokens")
          ? [
              "A prompt at the limit takes the cache of many short ones (medium): keep the limits of configs/serve.yaml, and raise them only with a load test.",
            ]
          : []),
        "The rate of the plan is an estimate (medium): the first load test on the real hardware decides the number of replicas.",
      ],
    },
    files: [
      "configs/serve.yaml",
      "inference/",
      ...filesOf(context),
      ...(sagemaker ? ["platforms/sagemaker/"] : []),
      "SECURITY.md",
    ],
  };
}
