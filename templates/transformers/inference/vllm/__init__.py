"""vLLM in place of this project's own engine, behind the same route."""
