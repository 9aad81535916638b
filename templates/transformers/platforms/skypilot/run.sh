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
script=scripts/train.py
case "${arguments[0]:-}" in
  scripts/*.py)
    script="${arguments[0]}"
    arguments=("${arguments[@]:1}")
    ;;
esac
[ ! -d /checkpoints ] || arguments=(--set project.output_dir=/checkpoints "${arguments[@]}")

# configs/accelerate.yaml says how many processes; here is which machine this is and where all meet.
export NODE_RANK="${SKYPILOT_NODE_RANK:-0}"
MASTER_ADDR="$(head -n 1 <<<"${SKYPILOT_NODE_IPS:-127.0.0.1}")"
export MASTER_ADDR
exec .venv/bin/python -m pipeline.launch "$script" "${arguments[@]}"
