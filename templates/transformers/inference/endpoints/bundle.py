"""What goes into the model's repository: weights, and for the handler the code to serve them."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import PipelineError

WEIGHTS = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model")
"""Never a pickle: whatever else lies in the export stays here."""
ROOT = Path("inference/endpoints")


def bundle(model_path: Path, *, handler: bool) -> dict[str, Path]:
    """Path in the repository → file here."""
    weights = {path.name: path for pattern in WEIGHTS for path in sorted(model_path.glob(pattern))}
    if not any(name.endswith(".safetensors") for name in weights):
        raise PipelineError(f'"{model_path}" holds no safetensors', "Run `make export` first.")
    return weights | (handler_code() if handler else {})


def handler_code() -> dict[str, Path]:
    """The handler in the root, as the toolkit wants it, and what it imports."""
    code = {path.name: path for path in (ROOT / "handler.py", ROOT / "requirements.txt")}
    for pattern, folder in (("*.py", "src/pipeline"), ("*.py", "inference"), ("*.yaml", "configs")):
        for path in sorted(Path(folder).glob(pattern)):
            code[f"{Path(folder).name}/{path.name}"] = path
    return code
