#!/usr/bin/env bash
# Start a script as configs/accelerate.yaml says: scripts/launch.sh [scripts/NAME.py] [ARGUMENTS].
# Without a script it trains. On several machines run it on each, with NODE_RANK and MASTER_ADDR set;
# `scripts/launch.sh --help` lists what else may be given. Exit codes are the script's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python="${PYTHON:-.venv/bin/python}"
if [ -z "${PYTHON:-}" ] && [ ! -x "$python" ]; then python=python; fi # an image has no .venv
exec "$python" -m pipeline.launch "$@"
