"""The HTTP server: an OpenAI-compatible subset that a larger engine can replace."""
