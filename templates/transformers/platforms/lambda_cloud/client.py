"""Lambda's Cloud API, as far as one training run needs it.

https://docs.lambda.ai/api/cloud (version 1.10): answers are `{"data": …}`, refusals
`{"error": {"code", "message", "suggestion"}}`; one request a second, one launch in twelve.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, TypeAdapter

from pipeline.errors import PipelineError

BASE_URL = "https://cloud.lambda.ai/api/v1"
NO_CAPACITY = "instance-operations/launch/insufficient-capacity"
LOST_ANSWER = "lost-answer"  # ours: nobody knows whether the order arrived
TIMEOUT_SECONDS = 30.0
LAUNCH_SECONDS = 12.0  # between two launches
ATTEMPTS = 5

Method = Literal["GET", "POST"]


class LambdaError(PipelineError):
    """Lambda refused; `code` is its own name for why."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.code = code


class LostAnswerError(PipelineError):
    """Nobody knows whether the request arrived."""


class Region(BaseModel):
    """Where machines stand."""

    name: str


class InstanceType(BaseModel):
    """A kind of machine."""

    name: str
    description: str
    price_cents_per_hour: int

    @property
    def usd_per_hour(self) -> float:
        """For the whole machine."""
        return self.price_cents_per_hour / 100


class Offer(BaseModel):
    """A kind of machine, and where one can be had now."""

    instance_type: InstanceType
    regions_with_capacity_available: list[Region]

    @property
    def regions(self) -> list[str]:
        """Their names."""
        return [region.name for region in self.regions_with_capacity_available]


class Instance(BaseModel):
    """A machine of this account."""

    id: str
    name: str | None = None
    ip: str | None = None
    status: str


class SshKey(BaseModel):
    """A key registered at Lambda."""

    name: str


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another address."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class LambdaCloud:
    """The account behind one key."""

    def __init__(
        self, key: str, base_url: str = BASE_URL, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        address = urlsplit(base_url)
        if address.scheme != "https" and address.hostname not in {"127.0.0.1", "localhost"}:
            raise ValueError("the key is sent over https only")
        self._key = key
        self._base_url = base_url
        self._sleep = sleep
        self._opener = urllib.request.build_opener(_NoRedirects)

    def offers(self) -> list[Offer]:
        """Every kind of machine, with where one can be had now."""
        return _checked(list[Offer], list(_mapping(self._ask("GET", "/instance-types")).values()))

    def ssh_keys(self) -> list[str]:
        """Names of the keys that machines of this account may let in."""
        return [key.name for key in _checked(list[SshKey], self._ask("GET", "/ssh-keys"))]

    def instances(self) -> list[Instance]:
        """The machines that this account pays for now."""
        return _checked(list[Instance], self._ask("GET", "/instances"))

    def instance(self, identity: str) -> Instance:
        """One machine."""
        return _checked(Instance, self._ask("GET", f"/instances/{quote(identity, safe='')}"))

    def launch(self, *, instance_type: str, region: str, ssh_key: str, name: str) -> str:
        """Order one machine; returns its id. `name` must be new.

        An order whose answer was lost is not repeated: the machine is looked for by its name.
        """
        order = {
            "instance_type_name": instance_type,
            "region_name": region,
            "ssh_key_names": [ssh_key],
            "name": name,
        }
        try:
            answer = _mapping(self._ask("POST", "/instance-operations/launch", order))
            (identity,) = _checked(list[str], answer.get("instance_ids"))
            return identity
        except (LostAnswerError, ValueError) as error:
            self._sleep(LAUNCH_SECONDS)
            found = [instance for instance in self.instances() if instance.name == name]
            if found:
                return found[0].id
            raise LambdaError(
                LOST_ANSWER,
                f'No answer came to the order of "{name}", and no machine has that name',
                "Look at https://cloud.lambda.ai/instances before you order again.",
            ) from error

    def terminate(self, identity: str) -> None:
        """End a machine: it is gone, with its disk, and costs nothing any more."""
        answer = _mapping(
            self._ask("POST", "/instance-operations/terminate", {"instance_ids": [identity]})
        )
        ended = _checked(list[Instance], answer.get("terminated_instances"))
        if identity not in {instance.id for instance in ended}:
            raise LambdaError(
                "not-terminated",
                f"Lambda did not confirm that {identity} ends",
                "End it at https://cloud.lambda.ai/instances: it costs money until then.",
            )

    def _ask(self, method: Method, path: str, body: Mapping[str, object] | None = None) -> Any:
        """One request, repeated while Lambda says "too often"; questions also while it fails."""
        for attempt in range(ATTEMPTS):
            try:
                return self._send(method, path, body)
            except LambdaError as error:
                again = error.code == "too-often" or (method == "GET" and error.code == "failing")
                if not again or attempt == ATTEMPTS - 1:
                    raise
            except LostAnswerError:
                if method == "POST" or attempt == ATTEMPTS - 1:
                    raise
            self._sleep(LAUNCH_SECONDS if method == "POST" else 2.0**attempt)
        raise AssertionError("unreachable")

    def _send(self, method: Method, path: str, body: Mapping[str, object] | None) -> Any:
        request = urllib.request.Request(
            self._base_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._key}",
                "Accept": "application/json",
                **({} if body is None else {"Content-Type": "application/json"}),
            },
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read()) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise LostAnswerError(
                f"Lambda did not answer {method} {path}: {error}",
                "Is the network there? Try again.",
            ) from error
        return _mapping(answer).get("data")


def _refusal(status: int, body: bytes) -> LambdaError:
    if status == http.HTTPStatus.TOO_MANY_REQUESTS:
        return LambdaError("too-often", "Lambda asks for fewer requests", "Wait a minute.")
    try:
        told = _mapping(_mapping(json.loads(body)).get("error"))
    except ValueError:
        told = {}
    code = str(told.get("code", "failing" if status >= 500 else "refused"))
    message = str(told.get("message", f"status {status}"))
    hint = str(told.get("suggestion") or "")
    if status == http.HTTPStatus.UNAUTHORIZED:
        hint = "Make a key at https://cloud.lambda.ai/api-keys and put it into LAMBDA_API_KEY."
    return LambdaError(code, f"Lambda refused ({code}): {message}", hint)


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"a JSON object was expected, not {type(value).__name__}")
    return value


T = TypeVar("T")


def _checked(kind: type[T], value: object) -> T:
    """The value as this type; another shape means that the API has changed."""
    return TypeAdapter(kind).validate_python(value)
