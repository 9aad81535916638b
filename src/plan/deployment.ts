import type { Decide } from "./context.ts";
import { number, usd } from "./format.ts";

/**
 * What serves the model. A plain FastAPI process generates one request at a time; beyond that rate continuous batching
 * (vLLM) is the honest answer. The same request schema stands in front of both.
 */
export const decideDeployment: Decide = ({ workload: w, serving }) => {
  const load = w.serving;
  if (load && !serving)
    return {
      name: "deployment",
      choice: "fastapi-docker",
      title: "FastAPI and Docker, for evaluation",
      reasons: [
        `Nothing that your words allow serves ${number(load.requestsPerSecond)} requests per second${load.latencyMs === undefined ? "" : ` within ${number(load.latencyMs)} ms`} from one card a replica: the generated server is for evaluation.`,
      ],
      refused: [{ option: "vllm", why: "no allowed card serves the asked load within its limits" }],
      flips: [{ when: "the load or the latency may be lower, or hardware may be rented", to: "vllm" }],
      documents: ["fastapi-docker"],
    };
  const oneAtATime = serving
    ? 1 /
      (serving.timeToFirstTokenSeconds.expected + serving.timePerOutputTokenSeconds.low * (load?.outputTokens ?? 256))
    : 0;
  const enough = !load || oneAtATime >= load.requestsPerSecond * 1.4;
  const choice = enough ? "fastapi-docker" : "vllm";
  const reasons = enough
    ? [
        "Full control, runs anywhere, and enough for this load.",
        ...(load
          ? [
              `One request at a time is about ${number(oneAtATime)} requests per second; you asked for ${number(load.requestsPerSecond)}.`,
            ]
          : ["Nothing was said about load: the generated server is for evaluation and small use."]),
      ]
    : [
        `${number(load!.requestsPerSecond)} requests per second need continuous batching: a plain FastAPI server does about ${number(oneAtATime)}.`,
        `${serving!.replicas} × ${serving!.accelerator.name} with vLLM${serving!.usdPerHourPerReplica === undefined ? "" : ` at ${usd(serving!.usdPerHourPerReplica)} per hour each`}.`,
        "The generated FastAPI server speaks the same request schema: it is the smoke test and the fallback.",
      ];
  return {
    name: "deployment",
    choice,
    title: choice === "vllm" ? "vLLM behind the project's request schema" : "FastAPI and Docker",
    reasons,
    refused: [
      ...(choice === "vllm"
        ? [{ option: "fastapi-docker", why: `alone it serves about ${number(oneAtATime)} requests per second` }]
        : [{ option: "vllm", why: "continuous batching is not needed at this load" }]),
      {
        option: "hf-inference-endpoints",
        why: w.hardware.owned
          ? "you have hardware; a managed endpoint would send data out and cost by the hour"
          : "managed and quick, at a higher price per hour; worth it without anybody to run servers",
      },
      {
        option: "modal-functions",
        why:
          load && load.requestsPerSecond >= 0.5
            ? "scale to zero saves nothing under steady load"
            : "right for rare requests: a cold start is the price",
      },
      {
        option: "onnx-tensorrt",
        why:
          w.deploymentTarget === "edge" || w.deploymentTarget === "mobile"
            ? "comes with a later version of this product"
            : "its engines pay off at the edge or at very large scale; they tie you to one card and version",
      },
    ],
    flips: [
      { when: "requests are rare and bursty", to: "modal-functions" },
      { when: "nobody can run servers", to: "hf-inference-endpoints" },
    ],
    documents: choice === "vllm" ? ["vllm", "fastapi-docker"] : ["fastapi-docker"],
  };
};
