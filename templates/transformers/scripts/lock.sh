#!/usr/bin/env bash
# Resolve the locks from PyPI alone, with hashes, for Linux x86_64 and Python 3.11.
# Existing pins are kept; `scripts/lock.sh --upgrade` takes the newest that the pins allow.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v uv >/dev/null; then
  echo "uv is not installed: python3 -m pip install uv" >&2
  exit 3
fi

# A folder of wheels or an index set up on this machine must not leak into a shared lock.
unset PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_NO_INDEX
unset UV_FIND_LINKS UV_INDEX UV_DEFAULT_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_NO_INDEX UV_TORCH_BACKEND

compile() {
  uv pip compile --no-config --quiet --generate-hashes \
    --default-index https://pypi.org/simple \
    --no-emit-index-url --no-emit-find-links \
    --python-version 3.11 --python-platform x86_64-unknown-linux-gnu \
    --custom-compile-command "make lock" "$@"
}

compile requirements.txt --output-file requirements.lock "${@}"
# Layered: a package of the runtime has one version, in both locks.
compile requirements-dev.txt --constraints requirements.lock --output-file requirements-dev.lock "${@}"
for file in {tracking,distributed,platforms,inference,scripts}/*/requirements*.txt; do
  # What is installed apart, or on top of somebody's image, says so.
  if [ ! -e "$file" ] || grep -q '^# no lock:' "$file"; then continue; fi
  together=(--constraints requirements-dev.lock)
  if grep -q '^# apart:' "$file"; then together=(); fi
  compile "$file" "${together[@]}" --output-file "${file%.txt}.lock" "${@}"
done
