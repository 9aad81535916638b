import { GIB } from "../units.ts";
import { gib } from "./format.ts";
import { frameworkFor } from "./framework.ts";
import type { Decision } from "./plan.ts";
import type { Workload } from "./workload.ts";

/** Where the model runs at the user's end, without a server. */
type DeviceTarget = "edge" | "mobile" | "browser";

/**
 * Memory that a model may take there, GiB. Phone: what the system leaves a foreground app on an 8 GiB device (judgement);
 * browser: the 4 GiB address space of 32-bit WebAssembly; edge: an 8 GiB board such as Jetson Orin Nano, less its system.
 */
const ROOM_GIB: Record<DeviceTarget, number> = { mobile: 3, browser: 4, edge: 6 };
/** Bytes per weight with scales: int8 per channel, int4 in groups of 32. */
const FORMATS = [
  { name: "int8", bytesPerWeight: 1.02 },
  { name: "int4", bytesPerWeight: 0.5625 },
] as const;

export const onDevice = (w: Workload): w is Workload & { deploymentTarget: DeviceTarget } =>
  w.deploymentTarget === "edge" || w.deploymentTarget === "mobile" || w.deploymentTarget === "browser";

/** The precision that fits the device, and the room it has. */
export function deviceFit(w: Workload & { deploymentTarget: DeviceTarget }): {
  format: (typeof FORMATS)[number] | undefined;
  gib: number;
  roomGib: number;
} {
  const named = w.hardware.board?.memoryGib ?? w.hardware.accelerator?.memoryGib ?? w.hardware.memoryGib;
  const roomGib = w.deploymentTarget === "edge" && named !== undefined ? named * 0.75 : ROOM_GIB[w.deploymentTarget];
  const size = (bytesPerWeight: number): number => (w.model.architecture.parameterCount * bytesPerWeight) / GIB;
  const format = FORMATS.find((f) => size(f.bytesPerWeight) <= roomGib);
  return { format, gib: size((format ?? FORMATS[1]).bytesPerWeight), roomGib };
}

/** The runtime on the device, with why not the servers. */
export function decideOnDevice(w: Workload & { deploymentTarget: DeviceTarget }): Decision {
  const { format, gib: size, roomGib } = deviceFit(w);
  const target = w.deploymentTarget;
  // What Keras trains, LiteRT takes without a second export.
  const keras = target === "mobile" && frameworkFor(w).id === "tensorflow-keras";
  const nvidia =
    target === "edge" && (w.hardware.board?.nvidia ?? /nvidia/i.test(w.hardware.accelerator?.vendor ?? ""));
  const runtime = {
    mobile: keras ? "LiteRT (TensorFlow Lite)" : "ONNX Runtime Mobile (NNAPI, Core ML, XNNPACK)",
    browser: "ONNX Runtime Web through Transformers.js (WebGPU, else WASM)",
    edge: nvidia ? "ONNX to a TensorRT engine, built on the device" : "ONNX Runtime on the device",
  }[target];
  const precision = format?.name ?? "int4";
  const servers = `the target is ${target === "edge" ? "an edge device" : target === "mobile" ? "a phone" : "the browser"}: a server would add the network to every answer, and data would leave the device`;
  return {
    name: "deployment",
    choice: keras ? "litert" : "onnx-tensorrt",
    title: `${runtime}, ${precision}`,
    reasons: [
      format
        ? `${precision} weights take ${gib(size)} of the about ${gib(roomGib)} that a model may have there.`
        : `Even int4 weights take ${gib(size)}, and about ${gib(roomGib)} are there: a smaller model is needed, or a server.`,
      "Quantise after training, and run the golden set on the quantised model before promotion: int8 costs little, int4 more.",
      ...(nvidia ? ["An engine runs on the card and TensorRT version it was built with: build it on the device."] : []),
      `The export is tested against the ${keras ? "Keras" : "PyTorch"} model's own outputs.`,
      "A project whose template has no files for the device yet gets the FastAPI server, to evaluate with.",
    ],
    refused: [
      { option: "fastapi-docker", why: servers },
      { option: "vllm", why: "a server for data-centre cards" },
      { option: "hf-inference-endpoints", why: servers },
      { option: "modal-functions", why: servers },
      ...(keras
        ? [
            {
              option: "onnx-tensorrt",
              why: `${w.constraints.includes("existing-tensorflow") ? "your stack is TensorFlow" : "the model is Keras's"}: its own runtime needs no second export`,
            },
          ]
        : target === "mobile"
          ? [{ option: "litert", why: "the model is PyTorch's: one export to ONNX serves Android and iOS" }]
          : []),
    ],
    flips: [
      {
        when: `the model ${format ? "grows beyond" : "stays above"} ${gib(roomGib)} at int4, about ${Math.round((roomGib * GIB) / FORMATS[1].bytesPerWeight / 1e8) / 10}B parameters`,
        to: "fastapi-docker",
      },
    ],
    documents: {
      mobile: keras ? ["litert"] : ["onnxruntime-mobile", "onnxruntime"],
      browser: ["transformers-js", "onnxruntime"],
      edge: nvidia ? ["tensorrt", "onnxruntime"] : ["onnxruntime"],
    }[target],
  };
}
