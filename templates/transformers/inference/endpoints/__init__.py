"""Hugging Face Inference Endpoints: somebody else's machines and autoscaler, our weights."""
