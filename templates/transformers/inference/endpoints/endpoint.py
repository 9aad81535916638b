"""Push the weights to the Hub and manage the endpoint: `python -m inference.endpoints.endpoint`.

What is wanted stands in endpoint.yaml, the token in the environment (HF_TOKEN).

  push            weights (and handler) into a private repository; its commit is remembered
  apply           create the endpoint with that commit, or change it to what endpoint.yaml says
  status          what runs
  hardware        what there is, and what it costs
  pause           stop it; nothing is billed until resume
  resume
  scale-to-zero   let it sleep until the next request
  delete          remove it; the repository stays
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huggingface_hub import CommitOperationAdd, HfApi, InferenceEndpoint
from huggingface_hub.errors import HfHubHTTPError, HTTPError

from inference.endpoints.bundle import bundle
from inference.endpoints.settings import EndpointSettings, load_settings
from inference.vllm.arguments import ENVIRONMENT, IMAGE, load_arguments
from pipeline.cli import run
from pipeline.config import load_config
from pipeline.environment import secret
from pipeline.errors import ConfigError, PipelineError
from pipeline.logs import log

PUSHED = Path("outputs/endpoint.json")
"""Which repository and commit `push` made: `apply` deploys exactly that."""
MOUNTED = "/repository"
"""Where the platform puts the model's repository (its page on custom containers)."""
# What a file says elsewhere: the platform asks for callers' tokens, and mounts the weights.
NOT_THERE = frozenset({"middleware", "shutdown-timeout"})


def client() -> HfApi:
    """The API with the token of the environment."""
    token = secret("HF_TOKEN")
    if token is None:
        raise ConfigError(
            "HF_TOKEN is not set",
            "https://huggingface.co/settings/tokens: a fine-grained token that may write the "
            "model's repository and manage Inference Endpoints.",
        )
    return HfApi(token=token)


def account(api: HfApi, settings: EndpointSettings) -> str:
    """Who pays."""
    return settings.namespace or str(api.whoami()["name"])


def push(api: HfApi, settings: EndpointSettings) -> dict[str, str]:
    """One commit with everything, into a repository that only its owners read."""
    handler = settings.engine == "handler"
    folder = load_config().serving.model_path if handler else Path(load_arguments().model)
    if folder is None:
        raise ConfigError("serving.model_path is null: there is no export to push")
    files = bundle(folder, handler=handler)
    repository = settings.repository or f"{account(api, settings)}/{settings.name}"
    api.create_repo(repository, private=True, exist_ok=True)
    if not api.repo_info(repository).private:  # one that was there before keeps what it was
        raise ConfigError(
            f'"{repository}" is public: your weights would be too',
            "Make it private on its settings page, or name another in endpoint.yaml.",
        )
    commit = api.create_commit(
        repository,
        [CommitOperationAdd(name, path) for name, path in files.items()],
        commit_message=f"{settings.name}: {len(files)} files",
    )
    pushed = {"repository": repository, "revision": commit.oid}
    PUSHED.parent.mkdir(parents=True, exist_ok=True)
    PUSHED.write_text(json.dumps(pushed, indent=2) + "\n", encoding="utf-8")
    return pushed


def wanted(settings: EndpointSettings, pushed: dict[str, str]) -> dict[str, Any]:
    """What creating and updating have in common."""
    shared = {
        "accelerator": settings.accelerator,
        "instance_type": settings.instance_type,
        "instance_size": settings.instance_size,
        "min_replica": settings.min_replica,
        "max_replica": settings.max_replica,
        "scale_to_zero_timeout": settings.scale_to_zero_minutes,
        "scaling_metric": "pendingRequests",  # running and waiting: no HTTP status yet
        "scaling_threshold": settings.pending_requests,
        "repository": pushed["repository"],
        "revision": pushed["revision"],
        "framework": "pytorch",
        "task": "custom" if settings.engine == "handler" else "text-generation",
    }
    if settings.engine == "handler":
        return shared
    arguments = load_arguments().model_copy(update={"model": MOUNTED})
    return shared | {
        "custom_image": {"url": IMAGE, "healthRoute": "/health", "port": arguments.port},
        "container_args": arguments.command_line(without=NOT_THERE),
        "env": ENVIRONMENT,
    }


def check_hardware(api: HfApi, settings: EndpointSettings) -> None:
    """Refuse what is not sold there, is not allowed to this account, or costs more than planned."""
    kind = (settings.vendor, settings.region, settings.instance_type, settings.instance_size)
    sold = {
        (one.vendor, one.region, one.instance_type, one.instance_size): one
        for one in api.list_inference_endpoints_hardware(namespace=settings.namespace)
    }
    machine = sold.get(kind)
    if machine is None or machine.status in ("not_available", "deprecated"):
        raise ConfigError(
            f"There is no {' '.join(kind)}{'' if machine is None else f': {machine.status}'}",
            "`make endpoint-hardware` lists what there is.",
        )
    if machine.max_accelerators < machine.num_accelerators * settings.max_replica:
        raise ConfigError(
            f"max_replica {settings.max_replica} needs "
            f"{machine.num_accelerators * settings.max_replica} accelerators; this account may run "
            f"{machine.max_accelerators}",
            "Ask Hugging Face for more, or lower max_replica.",
        )
    if settings.usd_per_hour is not None and machine.price_per_hour > settings.usd_per_hour:
        raise ConfigError(
            f"A replica costs {machine.price_per_hour} USD an hour; planned are "
            f"{settings.usd_per_hour}",
            "Raise usd_per_hour in endpoint.yaml once you agree with it.",
        )


def existing(api: HfApi, settings: EndpointSettings) -> InferenceEndpoint | None:
    """The endpoint, if there is one of this name."""
    try:
        return api.get_inference_endpoint(settings.name, namespace=settings.namespace)
    except HfHubHTTPError as error:
        if error.response.status_code == 404:
            return None
        raise


def apply(api: HfApi, settings: EndpointSettings) -> InferenceEndpoint:
    """Create it, or change what is there; only what `push` pushed is deployed."""
    try:
        pushed = json.loads(PUSHED.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{PUSHED} is not there", "Run `make endpoint-push` first.") from error
    check_hardware(api, settings)
    request = wanted(settings, pushed)
    if existing(api, settings) is not None:
        return api.update_inference_endpoint(settings.name, namespace=settings.namespace, **request)
    return api.create_inference_endpoint(
        settings.name,
        namespace=settings.namespace,
        type=settings.type,
        vendor=settings.vendor,
        region=settings.region,
        **request,
    )


def shown(endpoint: InferenceEndpoint) -> dict[str, Any]:
    """What a person wants to know of it."""
    return {
        "name": endpoint.name,
        "status": str(endpoint.status),
        "url": endpoint.url,
        "repository": endpoint.repository,
        "revision": endpoint.revision,
    }


def hardware(api: HfApi, settings: EndpointSettings) -> list[dict[str, Any]]:
    """What the vendor has, and what it costs."""
    return [
        {"id": one.id, "usd_per_hour": one.price_per_hour, "status": one.status}
        for one in api.list_inference_endpoints_hardware(namespace=settings.namespace)
        if one.vendor == settings.vendor
    ]


def delete(api: HfApi, settings: EndpointSettings) -> dict[str, str]:
    """Remove it."""
    api.delete_inference_endpoint(settings.name, namespace=settings.namespace)
    return {"name": settings.name, "status": "deleted"}


def on_endpoint(method: Callable[..., InferenceEndpoint]) -> Verb:
    """What the client does to an endpoint by its name."""
    return lambda api, settings: shown(method(api, settings.name, namespace=settings.namespace))


Verb = Callable[[HfApi, EndpointSettings], Any]
VERBS: dict[str, Verb] = {
    "push": push,
    "apply": lambda api, settings: shown(apply(api, settings)),
    "status": on_endpoint(HfApi.get_inference_endpoint),
    "hardware": hardware,
    "pause": on_endpoint(HfApi.pause_inference_endpoint),
    "resume": on_endpoint(HfApi.resume_inference_endpoint),
    "scale-to-zero": on_endpoint(HfApi.scale_to_zero_inference_endpoint),
    "delete": delete,
}


def main() -> None:
    """Read what is wanted, do it, print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=VERBS)
    verb = parser.parse_args().verb
    settings, api = load_settings(), client()
    try:
        result = VERBS[verb](api, settings)
    except HTTPError as error:
        raise PipelineError(f"Hugging Face did not {verb}: {error}") from error
    log("endpoint", verb=verb, name=settings.name)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    run(main)
