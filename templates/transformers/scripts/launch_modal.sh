#!/usr/bin/env bash
# Train on Modal: train [script] [its arguments] | fetch | secret | stop (platforms/modal).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec "${PYTHON:-.venv/bin/python}" -m platforms.modal.launch "$@"
