#!/usr/bin/env bash
# Train on Hugging Face Jobs: train [script] [its arguments] | logs | fetch | cancel (platforms/hf_jobs).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec "${PYTHON:-.venv/bin/python}" -m platforms.hf_jobs.launch "$@"
