# The ways to set up, try, check and build samebatch. `make` alone lists them.
#
# A stamp in the virtual environment stands for each finished step; it is older than what the step was made from
# whenever the step has to run again, and it goes with the environment.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV ?= .venv
BENCH_VENV ?= .venv-bench
ARGS ?=

BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
# Directories are among them, since their time tells of a file that went.
PYTHON_SOURCES := $(shell find python -name '*.py' -o -name '*.pyi' -o -type d ! -name __pycache__) pyproject.toml
RUST_SOURCES := $(shell find rust -name '*.rs' -o -name Cargo.toml -o -type d) Cargo.toml Cargo.lock
# cargo and maturin look for an interpreter of their own unless they are told.
export PYO3_PYTHON := $(abspath $(BIN)/python)

.PHONY: help
help: ## list what make can do
	@printf 'samebatch: make <target>\n\n'
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)$$/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
	@printf '\nPYTHON=python3.12 names another interpreter, VENV=path another place, ARGS="..." goes to pytest and the demo.\n'

.PHONY: tools
tools:
	@scripts/check_tools.sh "$(PYTHON)" "$(VENV)" "$(origin PYTHON)"

.PHONY: setup
setup: tools ## make .venv with all packages, and build the native module into it
	@compgen -G 'python/samebatch/_native*.so' >/dev/null || rm -f $(STAMPS)/native # the module itself is gone
	@$(MAKE) --no-print-directory $(STAMPS)/native
	@echo 'samebatch is set up in $(VENV).'

$(STAMPS)/packages: pyproject.toml constraints.txt
	@echo 'Setting up $(VENV). The first time this downloads about 3.5 GB of packages (TensorFlow, PyTorch, JAX; on Linux'
	@echo 'PyTorch brings CUDA) and fills 8 GB: minutes on a fast line, and nearly all of the time that this takes.'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade -c constraints.txt pip
	$(BIN)/python -m pip install $(if $(wildcard $(STAMPS)),--quiet) -c constraints.txt --group dev
	@mkdir -p $(STAMPS)
	@touch $@

$(STAMPS)/native: $(STAMPS)/packages $(RUST_SOURCES)
	PIP_CONSTRAINT=constraints.txt $(BIN)/maturin develop --release --locked
	@touch $@

.PHONY: demo
demo: setup ## train in Keras and in PyTorch from the same batches; writes samebatch-demo.png
	$(BIN)/samebatch demo $(ARGS)

.PHONY: test
test: setup lint test-rust test-python ## everything: lint, cargo's tests, pytest, the wheel in new environments

.PHONY: test-rust
test-rust: setup ## cargo's tests only
	cargo test --workspace --locked

.PHONY: test-python
test-python: setup ## pytest only (ARGS="-k name" narrows it)
	$(BIN)/python -m pytest $(ARGS)

.PHONY: memcheck
memcheck: ## the kernels under valgrind, at the portable level and at AVX2 (minutes)
	scripts/valgrind.sh $(ARGS)

.PHONY: fuzz
fuzz: ## the native decoders and the reader of pipelines, fuzzed by libFuzzer (ARGS="600 jpeg png": seconds, targets)
	scripts/fuzz.sh $(ARGS)

.PHONY: lint
lint: setup ## ruff, mypy, stubtest, rustfmt, clippy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest samebatch._native --allowlist scripts/stubtest_allowlist.txt
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings
	cargo fmt --manifest-path rust/fuzz/Cargo.toml --check
	cargo clippy --manifest-path rust/fuzz/Cargo.toml --target-dir target --locked --lib -- --deny warnings

.PHONY: bench
bench: bench-setup ## measure against the peers; every output is verified first (ARGS="--quick main" narrows it)
	$(BENCH_VENV)/bin/python -m benches --save $(ARGS)

.PHONY: bench-setup
bench-setup: setup ## make .venv-bench, with the peers and samebatch's wheel
	@$(MAKE) --no-print-directory $(BENCH_VENV)/stamps/samebatch

$(BENCH_VENV)/stamps/peers: $(STAMPS)/packages benches/constraints.txt benches/environment.py
	@echo 'Setting up $(BENCH_VENV), which uses the packages of $(VENV): this downloads about 400 MB of peers.'
	$(BIN)/python -m benches.environment $(BENCH_VENV)
	@mkdir -p $(@D)
	@touch $@

$(BENCH_VENV)/stamps/samebatch: $(BENCH_VENV)/stamps/peers $(STAMPS)/native $(PYTHON_SOURCES)
	rm -rf $(BENCH_VENV)/wheel
	$(BIN)/maturin build --quiet --release --locked --out $(BENCH_VENV)/wheel
	$(BENCH_VENV)/bin/python -m pip install --quiet --force-reinstall --no-deps $(BENCH_VENV)/wheel/*.whl
	@touch $@

.PHONY: wheel
wheel: setup ## build the wheel into dist/
	$(BIN)/maturin build --release --locked --out dist

.PHONY: constraints
constraints: tools ## check that constraints.txt resolves on every Python found here (downloads no package)
	@scripts/resolve_constraints.sh "$(PYTHON)"

.PHONY: clean
clean: ## remove what was built, and .venv
	rm -rf $(VENV) $(BENCH_VENV) target dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis samebatch-demo.png
	find python tests benches scripts -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -f python/samebatch/_native*.so python/samebatch/_native*.pyd
