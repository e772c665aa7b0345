# The five verbs are the whole workflow; CI calls the same ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench docs clean

demo: $(VENV)/.installed ## make the environment, run the main job, print a summary
	$(BIN)/skyshade assess india-s400 --out out/india-s400

test: $(VENV)/.installed-dev ## all tests
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev ## formatting, lint, types, layering
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev ## speed and accuracy beside peers (needs gdal_viewshed for the ratios)
	$(BIN)/python benchmarks/line_of_sight.py
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/programme.py
	$(BIN)/python benchmarks/flyout.py
	$(BIN)/python benchmarks/reach.py
	$(BIN)/python benchmarks/raid.py
	$(BIN)/python benchmarks/tracking.py
	$(BIN)/python benchmarks/defender.py
	$(BIN)/python benchmarks/campaign.py

docs: $(VENV)/.installed ## remake the pictures and tables that the docs show
	$(BIN)/python docs/make_pictures.py

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
