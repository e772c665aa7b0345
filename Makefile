# The five verbs are the whole workflow; CI calls the same ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

APP := src/skyshade/web/app
BUNDLE := src/skyshade/web/static/index.html
APP_SOURCES := $(shell find $(APP) -path $(APP)/node_modules -prune -o -type f -print)

.PHONY: demo serve map test chaos mutants lint lint-map bench bench-gpu dossier pictures docs audit release clean

demo: $(VENV)/.installed ## make the environment, run the main job, print a summary
	$(BIN)/skyshade assess india-s400 --out out/india-s400

serve: $(VENV)/.installed $(BUNDLE) ## the map in a browser
	$(BIN)/skyshade serve india-s400 --open

map: $(BUNDLE) ## build the map application (needs Node.js 20 or newer)

test: $(VENV)/.installed-dev ## all tests, files in order shared out among processes
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadscope --no-loadscope-reorder

chaos: $(VENV)/.installed-dev ## kills, full disks, dropped connections: n tried, n survived
	$(BIN)/python tests/chaos

mutants: $(VENV)/.installed-dev ## injected defects, and which test catches each (an hour or two)
	$(BIN)/python tests/mutants

lint: $(VENV)/.installed-dev ## formatting, lint, types, layering
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-map: $(APP)/node_modules/.installed ## types, lint and unit tests of the map application
	cd $(APP) && npm run --silent lint && npm run --silent test

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
	$(BIN)/python benchmarks/assign.py
	$(BIN)/python benchmarks/siting.py
	$(BIN)/python benchmarks/map.py
	$(BIN)/python benchmarks/map_load.py

bench-gpu: $(VENV)/.installed-dev ## everything that a graphics card runs, beside this CPU, in one JSON (under five minutes)
	$(BIN)/python benchmarks/gpu.py --out out/bench-gpu.json

pictures: $(VENV)/.installed ## remake the pictures in docs/pictures
	$(BIN)/python docs/make_pictures.py

dossier: $(VENV)/.installed ## remake the pages in docs/validation from the result files beside them
	$(BIN)/python docs/validation/make.py

docs: $(VENV)/.installed-docs ## build the documentation site in out/site; warnings and dead links are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --site-dir out/site
	@echo "out/site/index.html"

audit: $(VENV)/.installed-release ## search the sources and the pinned versions for known faults
	$(BIN)/bandit --quiet -c pyproject.toml -r src/skyshade
	$(BIN)/pip-audit --progress-spinner off --disable-pip --no-deps -r constraints.txt

release: $(VENV)/.installed-release ## wheel, sdist, pinned hashes, bill of materials and checksums in dist/
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url -c constraints.txt -o dist/requirements.txt pyproject.toml
	$(BIN)/cyclonedx-py requirements dist/requirements.txt --pyproject pyproject.toml --output-reproducible \
	  --of JSON -o dist/sbom.cdx.json
	cd dist && sha256sum *.whl *.tar.gz requirements.txt sbom.cdx.json > SHA256SUMS

clean:
	rm -rf $(VENV) $(APP)/node_modules src/skyshade/web/static dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-%: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$*]'
	@touch $@

$(APP)/node_modules/.installed: $(APP)/package.json $(APP)/package-lock.json
	@command -v npm >/dev/null || { echo "The map is built with Node.js 20 or newer, and npm is not \
	on the path: install it from nodejs.org or your system's packages, then try again." >&2; exit 2; }
	cd $(APP) && npm ci --silent --no-audit --no-fund
	@touch $@

$(BUNDLE): $(APP)/node_modules/.installed $(APP_SOURCES)
	cd $(APP) && npm run --silent build
