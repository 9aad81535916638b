#!/usr/bin/env bash
# One node's share of the training, started by SkyPilot on each of them.
# https://docs.skypilot.co/en/latest/running-jobs/environment-variables.html
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# An empty key is no key: libraries would send it.
for name in HF_TOKEN WANDB_API_KEY MLFLOW_TRACKING_URI MLFLOW_TRACKING_TOKEN; do
  [ -n "${!name:-}" ] || unset "$name"
done

# The launcher quoted them as a shell does; nothing in them is run.
split='import os, shlex; print(*shlex.split(os.environ.get("ARGUMENTS", "")), sep="\n")'
mapfile -t arguments < <(.venv/bin/python -c "$split" | sed '/^$/d')
[ ! -d /checkpoints ] || arguments=(--set project.output_dir=/checkpoints "${arguments[@]}")

nodes="${SKYPILOT_NUM_NODES:-1}"
gpus="${GPUS_PER_NODE:-1}"
# A process that sees more cards than it is given would spread itself over them.
CUDA_VISIBLE_DEVICES="$(seq --separator=, 0 "$((gpus - 1))")"
export CUDA_VISIBLE_DEVICES

exec .venv/bin/python -m pipeline.launch \
  "--nnodes=$nodes" "--nproc-per-node=$gpus" "--node-rank=${SKYPILOT_NODE_RANK:-0}" \
  "--master-addr=$(head -n 1 <<<"${SKYPILOT_NODE_IPS:-127.0.0.1}")" --master-port=29500 \
  scripts/train.py "${arguments[@]}"
