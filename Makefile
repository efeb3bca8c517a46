.DEFAULT_GOAL := help
.PHONY: help demo test fmt fuzz

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

demo: ## build Florin and show what it does
	@scripts/demo

test: ## everything a change must pass
	@scripts/test

fmt: ## format the code
	@cargo fmt --all

fuzz: ## feed the readers of statement files with damaged ones, for FUZZ_SECONDS (60) each
	@scripts/fuzz
