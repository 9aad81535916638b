import type { Range } from "../units.ts";

export type FitStatus = "fits" | "tight" | "does-not-fit";

/** The moments whose maximum is the peak. */
export type Moment = "load" | "forward" | "loss" | "backward" | "optimizer-step" | "evaluation" | "prefill" | "decode";

/** What stands behind an answer: published measurements, simulated runs of the real code, or neither. */
export type Calibration = "measured" | "simulated" | "uncalibrated";

export interface Part {
  name: string;
  gib: number;
}

export interface Assumption {
  field: string;
  value: unknown;
  why: string;
}

export interface Warning {
  rule: string;
  text: string;
}

export interface Repair {
  /** Request fields to change, with their new values. */
  change: Record<string, unknown>;
  /** Expected device memory after the change. */
  deviceGib: number;
  /** Step time relative to now, for the same number of tokens. */
  timeFactor: number;
  /** What the person gives up. */
  cost: string;
  status: FitStatus;
}

/** Per device, as three instruments would read it: GiB. */
export interface DeviceMemory {
  /** torch.cuda.max_memory_allocated */
  allocatedGib: Range;
  /** torch.cuda.max_memory_reserved */
  reservedGib: Range;
  /** nvidia-smi */
  deviceGib: Range;
}

export interface Throughput {
  tokensPerSecondPerDevice: Range;
  samplesPerSecondPerDevice: Range;
  /** Model FLOPs utilisation, 0..1, of the dense peak in the compute precision. */
  mfu: number;
}

/** What a request costs a serving engine. */
export interface ServingEstimate {
  /** Requests of this length that fit beside the weights. */
  concurrentRequestsThatFit: number;
  /** At the asked concurrency; the high end is for prompts that arrive together. */
  timeToFirstTokenSeconds: Range;
  /** At the asked concurrency, with the pauses for other requests' prompts. */
  timePerOutputTokenSeconds: Range;
  /** At the asked concurrency. */
  requestsPerSecond: Range;
  /** With every slot taken: what a replica can do. */
  requestsPerSecondPerReplica: Range;
  /** Whether published runs stand behind the rates; memory has its own. */
  calibration: Calibration;
}

/** One line of `estimate`'s output. */
export interface EstimateAnswer {
  id?: string | number;
  status: FitStatus;
  usableGib: number;
  /** What the run cannot do without, GiB per device: the verdict is decided on it. PyTorch may cache up to the whole card. */
  neededGib: Range;
  perDevice: DeviceMemory;
  /** At the peak moment; they sum to allocatedGib.expected. */
  parts: Part[];
  peakMoment: Moment;
  /** The part to cut first. */
  bindingTerm: string;
  hostGib: Range;
  throughput: Throughput;
  serving?: ServingEstimate;
  calibration: Calibration;
  assumptions: Assumption[];
  repairs: Repair[];
  warnings: Warning[];
}
