#!/usr/bin/env bash
# Start vLLM from the project's root: weights and arguments are checked first, then it takes over.
# Further arguments overrule engine.yaml, such as --max-num-seqs 8; WEIGHTS names their folder where
# it is another one there.
set -euo pipefail

: "${API_KEY:?put the key that callers send into the environment (SECURITY.md)}"
export PYTHONPATH="src:.${PYTHONPATH:+:$PYTHONPATH}"
python3 -m inference.vllm.check ${WEIGHTS:+"$WEIGHTS"}
# vLLM asks for it too; on the command line everybody on the machine would see it.
export VLLM_API_KEY="$API_KEY"
# One answer to a request: vLLM would take `n` up to 16384, which the guard counts as one.
export VLLM_MAX_N_SEQUENCES=1
exec vllm serve ${WEIGHTS:+"$WEIGHTS"} --config inference/vllm/engine.yaml "$@"
