#!/usr/bin/env bash
# Train and serve on SageMaker: train [--run NAME] [script] [its arguments] | follow | fetch |
# stop | images | deploy | proxy | undeploy (platforms/sagemaker).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec "${PYTHON:-.venv/bin/python}" -m platforms.sagemaker.launch "$@"
