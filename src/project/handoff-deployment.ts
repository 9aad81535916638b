import { command, decision, type ProjectContext } from "./context.ts";
import { assumed, type Brief, questionsAbout } from "./handoff-brief.ts";
import { code, sentence } from "./markdown.ts";
import { gib, number, ranged, seconds, usd, writes } from "./quantities.ts";

/** The brief for whoever serves the model. */
export function deploymentEngineer(context: ProjectContext): Brief {
  const { plan, workload } = context;
  const { serving } = plan;
  const SERVE = /latency|request|concurr|serving|deploy|context|output/i;
  const chosen = decision(plan, "deployment");
  const asked = workload.serving;
  return {
    role: "deployment engineer",
    goal: `Put the promoted model behind ${sentence(chosen?.title ?? "an HTTP server")} for ${code(workload.deploymentTarget)}.`,
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
              `${number(asked.requestsPerSecond)} requests/s${asked.media === undefined ? `, ${number(asked.promptTokens)} tokens in` : `, each ${asked.media}`}${asked.outputTokens > 0 ? `, ${number(asked.outputTokens)} tokens out` : ""}${asked.latencyMs ? `, within ${seconds(asked.latencyMs / 1000)}` : ""}`,
            ],
          ]
        : []),
      ...(serving
        ? [
            [
              "Hardware",
              `${serving.replicas} replica(s) of ${serving.acceleratorCountPerReplica} x ${serving.accelerator.name}, engine ${code(serving.engine)}`,
            ],
            [
              "Limits",
              `${number(serving.contextLength)} tokens${writes(serving) ? " of prompt and answer" : " a text"}, ${number(serving.maxConcurrentRequests)} requests at a time`,
            ],
            ...(writes(serving)
              ? [
                  ["First token", ranged(serving.timeToFirstTokenSeconds, seconds)],
                  ["Each further token", ranged(serving.timePerOutputTokenSeconds, seconds)],
                ]
              : [["An answer", ranged(serving.timeToFirstTokenSeconds, seconds)]]),
            ["Requests/s a replica", ranged(serving.requestsPerSecondPerReplica, number)],
            ["Cold start", ranged(serving.coldStartSeconds, seconds)],
            ...(serving.estimate ? [["Memory a device", ranged(serving.estimate.perDevice.deviceGib, gib)]] : []),
            ...(serving.autoscaling
              ? [
                  [
                    "Autoscaling",
                    `${serving.autoscaling.minReplicas} to ${serving.autoscaling.maxReplicas} replicas, one more at ${serving.autoscaling.targetConcurrentRequests} requests in flight each${serving.autoscaling.idleSeconds === undefined ? "" : `, none after ${serving.autoscaling.idleSeconds} idle seconds`}`,
                  ],
                ]
              : []),
          ]
        : []),
      ...(plan.cost?.servingUsdPerMonth && !serving?.owned
        ? [["Cost a month", ranged(plan.cost.servingUsdPerMonth, usd)]]
        : []),
    ],
    work: [
      `Export the promoted model (${code(command(context, ["export"], "python scripts/export.py"))}) and serve it on the real hardware; the smoke server of the checks is a tiny model.`,
      "Run the load test and put measured beside predicted.",
      "Wire liveness, readiness and the startup probe apart: readiness is true only after the weights are loaded, and a cold start takes as long as the table says.",
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
            `${number(asked.requestsPerSecond)} requests/s for ten minutes without an error${asked.latencyMs ? `, 95 in 100 within ${seconds(asked.latencyMs / 1000)}` : ""}`,
          ]
        : ["The load test's result is written down"]),
      "Without its key, or with a wrong one, the server answers 401; without the variable it does not start outside loopback",
      "A request above each limit is refused with the documented status",
      "A SIGTERM lets running requests end",
      "The container runs as a user without rights, with a read-only root",
    ],
    files: ["configs/serve.yaml", "inference/", "Dockerfile", "SECURITY.md"],
  };
}
