/** What the generated project's probe wrote: `outputs/probe.json`, in our names. Null where there was no GPU. */
export interface Measured {
  status: "measured" | "out-of-memory";
  /** As the driver names it, or "cpu (x86_64)". */
  device: string;
  /** Tokens of the longest sample that was run; null where samples are not counted in tokens. */
  longestTokens: number | null;
  /** model.max_length of the probe's configuration; null where it has none. */
  maxLength: number | null;
  configHash?: string;
  /** The merged configuration, section by section; projects written by an older version do not carry it. */
  config?: Record<string, Record<string, unknown>>;
  /** What the device held before the run: this process's context, and whatever else is there. */
  deviceBeforeGib: number | null;
  allocatedGib: number | null;
  /** Without the evaluation. */
  allocatedTrainingGib: number | null;
  reservedGib: number | null;
  deviceGib: number | null;
  hostGib: number | null;
  tokensPerSecond: number | null;
  examplesPerSecond: number | null;
  /** What was said when memory ran out. */
  message?: string;
}
