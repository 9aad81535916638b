.PHONY: quantise
quantise: ## Make 4-bit weights of the export, and compare them with it (exit 1: not promoted)
	$(BIN)/python scripts/quantise.py $(OPTIONS)
