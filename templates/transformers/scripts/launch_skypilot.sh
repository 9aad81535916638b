#!/usr/bin/env bash
# Train through SkyPilot: train [script] [its arguments] | follow | fetch | stop
# (platforms/skypilot). Its client is looked for in .venv-sky, then on the path.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${SKY:-}" ] && [ -x .venv-sky/bin/sky ]; then export SKY="$PWD/.venv-sky/bin/sky"; fi
exec "${PYTHON:-.venv/bin/python}" -m platforms.skypilot.launch "$@"
