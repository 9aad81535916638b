"""The services of an account, and what is done in it whatever is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from platforms.sagemaker.shapes import Place

POLL_SECONDS = 30.0


@dataclass(frozen=True)
class Account:
    """The services of one account, and the clock: replaced in tests."""

    sagemaker: Any
    runtime: Any
    s3: Any
    ecr: Any
    ec2: Any
    scaling: Any
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    say: Callable[[str], None]


def stamp(account: Account) -> str:
    """Part of a name that is used once."""
    return f"{account.now():%Y%m%d-%H%M%S}"


def stamped(names: Iterable[str], made: str) -> Iterator[str]:
    """Those that are `made` and a stamp: names of other runs and projects begin with it too."""
    form = re.compile(rf"{re.escape(made)}-\d{{8}}-\d{{6}}")
    return (name for name in names if form.fullmatch(name))


def listed(operation: Callable[..., Any], key: str, **request: Any) -> Iterator[Any]:
    """Everything that SageMaker lists, page by page."""
    page = operation(**request, MaxResults=100)
    yield from page[key]
    while page.get("NextToken"):
        page = operation(**request, MaxResults=100, NextToken=page["NextToken"])
        yield from page[key]


def upload(account: Account, place: Place, files: list[Path], folder: Path, *under: str) -> str:
    """Files of a folder under an address; large ones in parts."""
    uri = place.uri(*under)
    for path in files:
        key = f"{place.prefix}/{'/'.join(under)}/{path.relative_to(folder).as_posix()}"
        account.s3.upload_file(str(path), place.bucket, key)
    account.say(f"{len(files)} files in {uri}")
    return uri
