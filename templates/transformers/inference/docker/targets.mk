.PHONY: image-serve image-serve-cpu
image-serve: ## Build the serving image for NVIDIA cards
	docker build --file inference/docker/Dockerfile --target cuda --tag serving:cuda .
image-serve-cpu: ## Build the serving image for processors
	docker build --file inference/docker/Dockerfile --target cpu --tag serving:cpu .
