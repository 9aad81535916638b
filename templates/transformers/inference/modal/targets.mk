.PHONY: modal-upload modal-deploy
modal-upload: ## Put the exported weights into Modal's volume
	$(BIN)/python -m inference.modal.upload
modal-deploy: ## Deploy the server to Modal
	$(BIN)/modal deploy -m inference.modal.app
