#!/usr/bin/env bash
# Train on a rented Lambda machine: train [arguments of scripts/train.py] | types | status | follow |
# fetch | end (platforms/lambda_cloud).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec "${PYTHON:-.venv/bin/python}" -m platforms.lambda_cloud.launch "$@"
