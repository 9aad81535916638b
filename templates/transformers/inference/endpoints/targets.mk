.PHONY: endpoint-push endpoint endpoint-status endpoint-hardware endpoint-pause endpoint-resume endpoint-delete
endpoint-push: ## Push the exported weights to a private repository on the Hub
	$(BIN)/python -m inference.endpoints.endpoint push
endpoint: ## Create the endpoint, or change it to what endpoint.yaml says
	$(BIN)/python -m inference.endpoints.endpoint apply
endpoint-status: ## Show the endpoint
	$(BIN)/python -m inference.endpoints.endpoint status
endpoint-hardware: ## List the vendor's machines and prices
	$(BIN)/python -m inference.endpoints.endpoint hardware
endpoint-pause: ## Stop the endpoint: nothing is billed until endpoint-resume
	$(BIN)/python -m inference.endpoints.endpoint pause
endpoint-resume: ## Start the endpoint again
	$(BIN)/python -m inference.endpoints.endpoint resume
endpoint-delete: ## Remove the endpoint; the repository on the Hub stays
	$(BIN)/python -m inference.endpoints.endpoint delete
