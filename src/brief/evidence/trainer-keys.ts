/**
 * What trainers call the fields of a brief: Transformers' TrainingArguments and TRL, axolotl, LLaMA-Factory, torchtune,
 * accelerate and DeepSpeed, by their documentation of autumn 2026. Lower case, with underscores. One table for what is
 * pasted and for what lies in a project.
 */
export const MODEL_KEYS = [
  "base_model",
  "model_name_or_path",
  "pretrained_model_name_or_path",
  "model_name",
  "model_id",
] as const;

export const NUMBER_KEYS = {
  microBatchSize: ["per_device_train_batch_size", "train_micro_batch_size_per_gpu", "micro_batch_size"],
  sequenceLength: ["max_seq_length", "max_seq_len", "sequence_len", "cutoff_len", "model_max_length", "max_length"],
  epochs: ["num_train_epochs", "num_epochs", "epochs"],
  acceleratorCount: ["num_processes"],
  nodeCount: ["num_machines"],
} as const;
