#!/usr/bin/env bash
# Train on this machine, detached from the terminal; in as many processes as
# configs/accelerate.yaml says: scripts/launch_local.sh [scripts/NAME.py] [ARGUMENTS].
# Starts again from the last checkpoint after a crash, at most MAX_RESTARTS times.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python="${PYTHON:-.venv/bin/python}"
max_restarts="${MAX_RESTARTS:-3}"
output="${OUTPUT:-outputs}"

if [ "${1:-}" != "--foreground" ]; then
  mkdir -p "$output"
  if [ -e "$output/train.pid" ] && kill -0 "$(cat "$output/train.pid")" 2>/dev/null; then
    echo "already training: process $(cat "$output/train.pid")" >&2
    exit 2
  fi
  setsid nohup "$0" --foreground "$@" >>"$output/train.log" 2>&1 </dev/null &
  echo "$!" >"$output/train.pid"
  echo "process $!; follow it with: tail -f $output/train.log" >&2
  exit 0
fi
shift

child=""
stopping=""
stop() {
  stopping=yes
  if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null || true; fi
}
trap stop TERM INT

restarts=0
while true; do
  PYTHON="$python" scripts/launch.sh "$@" &
  child=$!
  code=0
  wait "$child" || code=$?
  # A trapped signal ends `wait` early: wait for the checkpoint that is being written.
  while kill -0 "$child" 2>/dev/null; do
    code=0
    wait "$child" || code=$?
  done
  case "$code" in
    0 | 2 | 71) exit "$code" ;; # done, wrong input, out of memory: a retry cannot help
  esac
  if [ -n "$stopping" ] || [ "$restarts" -ge "$max_restarts" ]; then exit "$code"; fi
  restarts=$((restarts + 1))
  echo "{\"event\": \"restart\", \"exit_code\": $code, \"restart\": $restarts}" >&2
  sleep "${RESTART_SECONDS:-10}"
done
