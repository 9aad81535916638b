"""What goes into the model's repository: weights, and for the handler the code to serve them."""

from __future__ import annotations

from pathlib import Path

from inference.vllm.arguments import how_made
from pipeline.errors import PipelineError

WEIGHTS = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model")
"""Never a pickle: whatever else lies in the export stays here."""
CODE = (("src/pipeline", "*.py"), ("inference", "*.py"), ("configs", "*.yaml"))
IN_THE_IMAGE = ("torch", "numpy")
"""What the toolkit's image is built around; all else of requirements.txt is installed there."""


def bundle(model_path: Path, *, handler: bool) -> dict[str, Path | bytes]:
    """Path in the repository → file here, or its content."""
    weights: dict[str, Path | bytes] = {
        path.name: path for pattern in WEIGHTS for path in sorted(model_path.glob(pattern))
    }
    if not any(name.endswith(".safetensors") for name in weights):
        raise PipelineError(f'"{model_path}" holds no safetensors', how_made(model_path))
    return weights | (handler_code() if handler else {})


def handler_code() -> dict[str, Path | bytes]:
    """The handler in the root, as the toolkit wants it, and what it imports."""
    code: dict[str, Path | bytes] = {
        f"{Path(folder).name}/{path.name}": path
        for folder, pattern in CODE
        for path in sorted(Path(folder).glob(pattern))
    }
    return code | {
        "handler.py": Path("inference/endpoints/handler.py"),
        "requirements.txt": handler_requirements().encode(),
    }


def handler_requirements() -> str:
    """The project's own pins, without what the toolkit's image brings."""
    lines = Path("requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if "==" in line and line.partition("==")[0] not in IN_THE_IMAGE]
    return "\n".join([*pins, ""])
