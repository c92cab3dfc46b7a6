# Shorthands for dev.py, which does the work: `make test ARGS="-k paths"`.
PYTHON ?= python3
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help try test check dashboard bench lock

help:
	@$(PYTHON) dev.py --help

try test check dashboard bench lock:
	@$(PYTHON) dev.py $@ $(ARGS)
