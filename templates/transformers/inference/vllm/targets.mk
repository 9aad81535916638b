.PHONY: image-vllm serve-vllm check-vllm
image-vllm: ## Build the vLLM image
	docker build --file inference/vllm/Dockerfile --tag serving-vllm:v0.33.0 .
serve-vllm: ## Serve with vLLM on this machine (in an environment that has vLLM v0.33.0)
	inference/vllm/start.sh
check-vllm: ## Check engine.yaml against the exported weights
	$(BIN)/python -m inference.vllm.check
