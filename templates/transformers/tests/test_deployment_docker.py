"""The images and the manifests of this project's own server agree with the server."""

from __future__ import annotations

import re
from typing import Any

import yaml

from conftest import ROOT
from inference.app import Metrics
from pipeline.config import load_config

FOLDER = ROOT / "inference/docker"


def manifest(name: str) -> Any:
    return yaml.safe_load((FOLDER / "kubernetes" / name).read_text(encoding="utf-8"))


def test_the_autoscaler_reads_a_metric_that_the_server_has() -> None:
    [metric] = manifest("autoscaler.yaml")["spec"]["metrics"]
    names = {family.name for family in Metrics().registry.collect()}
    assert metric["pods"]["metric"]["name"] in names


def test_probes_ask_what_the_server_answers_and_a_stop_waits_for_running_requests() -> None:
    pod = manifest("deployment.yaml")["spec"]["template"]["spec"]
    [container] = pod["containers"]
    paths = {
        kind: container[f"{kind}Probe"]["httpGet"]["path"]
        for kind in ("startup", "readiness", "liveness")
    }
    assert paths == {"startup": "/readyz", "readiness": "/readyz", "liveness": "/healthz"}
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = load_config().serving.drain_timeout_seconds
    assert pod["terminationGracePeriodSeconds"] > pause + drain
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["securityContext"]["runAsNonRoot"] is True


def test_the_cpu_image_leaves_out_cuda_and_nothing_else() -> None:
    """The awk program of the Dockerfile, in Python: whole entries of the lock, by name."""
    dockerfile = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"keep = !/\^\(([^)]+)\)/", dockerfile)
    assert found
    left_out = re.compile(found[1])
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    names = re.findall(r"^([\w.-]+)==", lock, re.M)
    gone = {name for name in names if left_out.match(name)}
    assert {"torch", "triton", "bitsandbytes", "cuda-toolkit"} <= gone
    assert {
        name
        for name in gone
        if not re.match(r"torch(vision)?$|triton$|bitsandbytes$|cuda-|nvidia-", name)
    } == set()
    # What is left out and not of CUDA alone comes back as its CPU build.
    assert "/^torch(vision)?==/ { print $1 }" in dockerfile
    assert "transformers" not in gone
