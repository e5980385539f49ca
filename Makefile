# In a fresh clone, with nothing but Python 3.10 or later, `make demo` and `make test` set everything up themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest --numprocesses auto

.DELETE_ON_ERROR:

.PHONY: help
help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s  %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: $(VENV)/.torch  ## Compile ResNet-50 from its spec, summarize it and export it to build/resnet50/
	$(BIN)/archspec summary resnet50
	$(BIN)/archspec build resnet50 --export -o build/resnet50

.PHONY: test
test: lint  ## Lint, check types and run the tests that take no more than a few seconds each
	$(PYTEST) -m "not slow"

.PHONY: test-all
test-all: lint  ## Lint, check types and run all tests, the slow ones too
	$(PYTEST)

.PHONY: lint
lint: $(VENV)/.dev  ## Check style, formatting and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

.PHONY: format
format: $(VENV)/.dev  ## Format the code and apply safe fixes
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: schema
schema: $(VENV)/.dev  ## Regenerate the JSON Schema
	$(BIN)/archspec schema -o schemas/archspec.schema.json

.PHONY: goldens
goldens: $(VENV)/.dev  ## Regenerate the golden files; read the diff before you commit it
	$(PYTEST) -m golden --update-goldens

.PHONY: pictures
pictures: $(VENV)/.dev  ## Draw the pictures in docs/pictures/ anew
	$(PYTEST) --update-goldens tests/pages/test_pictures.py

.PHONY: bench
bench: $(VENV)-bench/.done playground  ## Run the benchmarks against torchvision, timm, transformers and check-jsonschema
	@set -e; for script in benchmarks/[!_]*.py; do echo "$$script"; $(VENV)-bench/bin/python "$$script"; done

.PHONY: mutants
mutants: $(VENV)/.dev  ## Insert small faults into the core; the tests must notice nine in ten
	@$(INSTALL) cosmic_ray
	$(BIN)/python tests/mutants.py

.PHONY: editors
editors: | $(BIN)/python  ## Install yaml-language-server with npm, for the editor tests
	@npm install --loglevel error --no-audit --no-fund --no-save --prefix $(VENV) yaml-language-server@1.24.0

.PHONY: playground
playground: | $(BIN)/python  ## Build the page that needs no installation into build/playground/; needs Node 20 and npm
	@npm ci --loglevel error --no-audit --no-fund --prefix playground
	@$(BIN)/python playground/build.py build/playground

.PHONY: clean
clean:  ## Remove build outputs and caches, but not the environment
	rm -rf build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find archspec benchmarks tests -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("archspec needs Python 3.10 or later")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.torch: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing archspec with torch into $(VENV), which takes a minute …"
	@$(INSTALL) --editable '.[torch]'
	@$(BIN)/python -m compileall -q archspec  # as an installation that is not editable does
	@touch $@

# Without its dependencies: torchvision would bring another torch.
$(VENV)-bench/.done: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)-bench
	@$(VENV)-bench/bin/python -m pip install -qq --constraint constraints.txt --editable '.[torch,server]' \
		check-jsonschema scikit-learn rtdl_revisiting_models pillow huggingface_hub transformers diffusers \
		matplotlib opencv-python-headless playwright polars psutil py-cpuinfo requests
	@$(VENV)-bench/bin/python -m pip install -qq --no-deps --constraint constraints.txt torchvision timm \
		ultralytics ultralytics-thop segmentation_models_pytorch
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing archspec for development into $(VENV), which takes a few minutes …"
	@$(INSTALL) --editable '.[dev]'
	@$(INSTALL) --no-deps pillow torchvision  # its dependencies would bring another torch
	@$(BIN)/python -m compileall -q archspec
	@touch $@ $(VENV)/.torch
