"""vLLM answers within the limits of the project's own server."""

from __future__ import annotations

from inference.vllm.arguments import load_arguments
from pipeline.config import load_config


def test_the_engine_and_the_server_of_this_project_have_the_same_limits() -> None:
    engine, serving = load_arguments(), load_config().serving
    assert engine.max_model_len == serving.max_input_tokens + serving.max_new_tokens
    assert engine.override_generation_config.max_new_tokens == serving.max_new_tokens
    assert engine.served_model_name == load_config().project.name
