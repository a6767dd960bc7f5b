# make demo   sets up and runs the main job on the shipped real data
# make test   sets up and passes the tests
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export UV_LINK_MODE ?= copy

.PHONY: demo test check test-cluster bench clean

demo: $(VENV)/.ready
	$(BIN)/chizai demo demo

test: $(VENV)/.ready-dev
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=30 -m "not cluster"

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The relational suite on a distributed engine: Sail's local cluster (no Java), and Apache Spark where Java 17 is there.
test-cluster: $(VENV)/.ready-cluster
	$(BIN)/pytest -m cluster

bench: $(VENV)/.ready-dev
	$(BIN)/python -m benchmarks

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --editable .
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[dev]'
	touch $@

$(VENV)/.ready-cluster: $(VENV)/.ready-dev
	$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[dev,sail]'
	touch $@

clean:
	rm -rf $(VENV) demo out
