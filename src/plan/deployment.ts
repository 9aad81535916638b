import { constant } from "../estimate/constants.ts";
import type { Decide } from "./context.ts";
import { count, number, requestRate, usd } from "./format.ts";
import { answersInOnePass } from "./load.ts";
import { fleetText, growthText } from "./names.ts";
import type { Decision, Deployment, ServingPlan, ServingWay } from "./plan.ts";
import { decideOnDevice, onDevice } from "./targets.ts";
import type { Workload } from "./workload.ts";

const NAMES: Record<Deployment, string> = {
  "fastapi-docker": "FastAPI and Docker",
  vllm: "vLLM behind the project's request schema",
  "hf-inference-endpoints": "Hugging Face Inference Endpoints",
  "modal-functions": "Modal functions",
  "onnx-tensorrt": "ONNX Runtime behind FastAPI",
  litert: "LiteRT",
};

const DOCUMENTS: Record<Deployment, string[]> = {
  "fastapi-docker": ["fastapi-docker"],
  vllm: ["vllm", "fastapi-docker"],
  "hf-inference-endpoints": ["hf-inference-endpoints-pricing", "hf-inference-endpoints-autoscaling"],
  "modal-functions": ["modal-guide", "modal-cold-start"],
  "onnx-tensorrt": ["onnxruntime", "fastapi-docker"],
  litert: ["litert"],
};

export const decideDeployment: Decide = ({ workload, serving }) => deploymentOf(workload, serving);

/** What serves the model: by where it runs, what was asked of it, and what each way costs a month. */
export function deploymentOf(w: Workload, serving: ServingPlan | undefined): Decision {
  if (onDevice(w)) return decideOnDevice(w);
  if (!w.serving) return forEvaluation(w);
  if (!serving) return nothingServes(w);
  const rate = w.serving.requestsPerSecond;
  const choice = serving.deployment;
  return {
    name: "deployment",
    choice,
    title: NAMES[choice],
    reasons: [...reasonsOf(w, serving), ...besideIt(choice)],
    refused: refusals(w, serving),
    flips: serving.ways.filter((x) => x.deployment !== choice).flatMap((x) => flipsTo(x, rate)),
    documents: DOCUMENTS[choice],
  };
}

function flipsTo(way: ServingWay, rate: number): Decision["flips"] {
  const because =
    way.refused === undefined ? "rent and a person's care counted" : "which is what one request at a time can do";
  const at = (word: string, x: number | undefined): Decision["flips"] =>
    x === undefined
      ? []
      : [
          {
            when: `there are ${word} than about ${rateText(x)} (here ${rateText(rate)}), ${because}`,
            to: way.deployment,
          },
        ];
  return [...at("fewer", way.betterBelow), ...at("more", way.betterAbove)];
}

/** What a project has beside the files of its deployment, or in their place. */
function besideIt(choice: Deployment): string[] {
  if (choice === "fastapi-docker") return [];
  return choice === "onnx-tensorrt" || choice === "litert"
    ? ["Its files come with a later version: a project gets the FastAPI server with the same request schema."]
    : ["The project keeps its FastAPI server with the same requests beside it: the smoke test and the fallback."];
}

/** 0.02 → "0.02 requests per second, 1,728 a day". */
const rateText = (rate: number): string =>
  rate >= 1 ? requestRate(rate) : `${number(rate)} requests per second, ${count(rate * 86_400)} a day`;

/** Whether a plain process fails on the rate: then the way back to it is a rate. */
const needsRate = (s: ServingPlan): boolean =>
  s.ways.find((x) => x.deployment === "fastapi-docker")?.betterBelow !== undefined;

function reasonsOf(w: Workload, s: ServingPlan): string[] {
  const load = w.serving!;
  const where = s.owned
    ? "your own hardware"
    : `${s.offer!.platform} at ${usd(s.usdPerHourPerReplica!)} per hour a replica (${s.offer!.asOf})`;
  const month = s.usdPerMonth === undefined ? "" : `: ${usd(s.usdPerMonth)} a month at this load`;
  const fleet = `${fleetText(s)} on ${where}${month}.`;
  const { minReplicas, maxReplicas } = s.autoscaling;
  const grows = `${minReplicas === maxReplicas ? "Stays at" : "Scales from"} ${growthText(s.autoscaling)}.`;
  const capacity = number(s.requestsPerSecondPerReplica.expected);
  const asked = requestRate(load.requestsPerSecond);
  switch (s.deployment) {
    case "vllm":
      return [
        needsRate(s)
          ? `${asked} ${load.requestsPerSecond === 1 ? "needs" : "need"} continuous batching: a replica does about ${capacity}.`
          : `Answers within ${number(load.latencyMs! / 1000)} s need an engine: steps replayed from a graph, not launched one by one.`,
        fleet,
        grows,
      ];
    case "fastapi-docker":
      return [
        "Full control, runs anywhere, custom logic in plain Python, and enough for this load.",
        fleet,
        answersInOnePass(w)
          ? `PyTorch as it stands does about ${requestRate(s.requestsPerSecondPerReplica.expected)} a machine: exporting would not save a machine.`
          : `One request at a time is enough for ${asked} with room for bursts.`,
      ];
    case "hf-inference-endpoints":
      return [
        w.constraints.includes("beginner-team")
          ? "Nobody has to run servers: updates, scaling and TLS are Hugging Face's, which your team does not have to learn first."
          : "A standard model and a managed server: what it costs more in rent it saves in a person's care.",
        fleet,
        grows,
      ];
    case "modal-functions": {
      const cold = s.ways[0]!.coldShare ?? 0;
      return [
        cold > 0.01
          ? `Requests are rare (${rateText(load.requestsPerSecond)}): functions that sleep between them are billed for their own seconds.`
          : `${rateText(load.requestsPerSecond)}: functions are billed by the second and the platform scales them, with nobody to look after servers.`,
        fleet,
        cold >= 0.001
          ? `About ${number(cold * 100)} % of the requests find nothing running and wait about ${number(s.coldStartSeconds.expected)} s.`
          : "At this rate a container is nearly always up: cold starts come with deployments and bursts alone.",
        grows,
      ];
    }
    default:
      return [
        s.accelerator.id === "cpu"
          ? `One pass an answer: ONNX Runtime with int8 weights on processors does about ${requestRate(s.requestsPerSecondPerReplica.expected)} a machine, and no accelerator idles.`
          : `One pass an answer: a TensorRT engine from ONNX does about ${requestRate(s.requestsPerSecondPerReplica.expected)} a card, more than PyTorch as it stands.`,
        fleet,
        grows,
      ];
  }
}

/** Every option that a person may ask about, each with its own number. */
function refusals(w: Workload, s: ServingPlan): Decision["refused"] {
  const weighed = new Map(s.ways.map((x) => [x.deployment, x]));
  const options: Deployment[] = [
    "fastapi-docker",
    "vllm",
    "hf-inference-endpoints",
    "modal-functions",
    "onnx-tensorrt",
  ];
  return options
    .filter((option) => option !== s.deployment)
    .map((option) => ({ option, why: whyNot(option, weighed.get(option), w, s) }));
}

function whyNot(option: Deployment, way: ServingWay | undefined, w: Workload, s: ServingPlan): string {
  if (way?.refused !== undefined) return way.refused;
  if (way?.usdPerMonth !== undefined) {
    const here = s.usdPerMonth ?? 0;
    const bill = `${usd(way.usdPerMonth)} a month on ${way.machine} against ${usd(here)}`;
    if (way.usdPerMonth > here) return bill;
    if (option === "modal-functions")
      return `${bill}, but about ${number((way.coldShare ?? 0) * 100)} % of the requests would wait for a cold start`;
    return way.usdPerMonth === here
      ? `${bill}: the same bill with more to build`
      : `${bill}, but more of a person's care every month than that saves`;
  }
  if (option === "vllm") return "its batching of tokens is for models that write text; this one does not";
  if (option === "onnx-tensorrt")
    return answersInOnePass(w)
      ? "no machine for it is allowed"
      : "generation wants continuous batching and a paged cache; an engine is tied to one card and version, and pays off at the edge or for models that answer in one pass";
  return `not at ${requestRate(w.serving!.requestsPerSecond)}: a plain process answers one request at a time, planned at ${Math.round(constant.plannedUtilisation.value * 100)} %`;
}

/** Nobody said what load: a server to try the model with. */
function forEvaluation(w: Workload): Decision {
  const onePass = answersInOnePass(w);
  return {
    name: "deployment",
    choice: "fastapi-docker",
    title: NAMES["fastapi-docker"],
    reasons: [
      "Nothing was said about load: the generated server is for evaluation and small use.",
      "Full control, runs anywhere, custom logic in plain Python.",
    ],
    refused: [
      {
        option: "vllm",
        why: onePass
          ? "its batching of tokens is for models that write text"
          : "continuous batching is not needed before there is a load",
      },
      {
        option: "hf-inference-endpoints",
        why: w.hardware.owned
          ? "you have hardware; a managed endpoint would send data out and cost by the hour"
          : "an endpoint bills every hour it stands, and no load was named that pays for it",
      },
      { option: "modal-functions", why: "a service by the request pays off once there are requests: say how many" },
      {
        option: "onnx-tensorrt",
        why: onePass
          ? "exporting is worth it once a load or a latency asks for it"
          : "its engines pay off at the edge or at very large scale; they tie you to one card and version",
      },
    ],
    flips: [
      {
        when: onePass ? "a load or a latency is named" : "requests come in parallel",
        to: onePass ? "onnx-tensorrt" : "vllm",
      },
      { when: "requests are rare, a few hundred a day", to: "modal-functions" },
      { when: "nobody can run servers", to: "hf-inference-endpoints" },
    ],
    documents: ["fastapi-docker"],
  };
}

function nothingServes(w: Workload): Decision {
  const load = w.serving!;
  return {
    name: "deployment",
    choice: "fastapi-docker",
    title: "FastAPI and Docker, for evaluation",
    reasons: [
      `Nothing that is allowed serves ${requestRate(load.requestsPerSecond)}${load.latencyMs === undefined ? "" : ` within ${number(load.latencyMs)} ms`}: the generated server is for evaluation.`,
    ],
    refused: [{ option: "vllm", why: "no allowed machine serves the asked load within its limits" }],
    flips: [{ when: "the load or the latency may be lower, or hardware may be rented", to: "vllm" }],
    documents: ["fastapi-docker"],
  };
}
