#!/usr/bin/env bash
# Prepare a rented Linux machine with an NVIDIA driver: Python 3.11, the locked packages, a look at
# the GPU. Run from the project's root; running it again changes nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

UV_VERSION=0.13.9
export PATH="$HOME/.local/bin:$PATH"
if ! command -v uv >/dev/null; then
  # Images that protect the system's Python need the flag; older ones do not know it.
  python3 -m pip install --user --quiet "uv==$UV_VERSION" 2>/dev/null ||
    python3 -m pip install --user --quiet --break-system-packages "uv==$UV_VERSION"
fi

[ -x .venv/bin/python ] || uv venv --quiet --python 3.11 .venv
for lock in requirements.lock tracking/*/requirements.lock; do
  [ ! -e "$lock" ] || uv pip install --quiet --python .venv --require-hashes --requirements "$lock"
done
uv pip install --quiet --python .venv --no-deps --no-build-isolation --editable .

mkdir -p outputs
.venv/bin/python platforms/local/check_gpu.py | tee outputs/machine.json
