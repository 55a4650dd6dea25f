# Every target builds the environment it needs in .venv; nothing has to be done by hand.
# Another interpreter: make run PYTHON=python3.12

PYTHON ?= python3
SCENARIO ?= scenarios/baseline.yaml
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
UV ?= uv
# All extras but screening, whose PyICU has to be compiled.
LOCKED := $(addprefix --extra=,build check cluster deposit splink test)

.DEFAULT_GOAL := help
.PHONY: help run fidelity results test check verify lock clean
.DELETE_ON_ERROR:

help: ## Show this list
	@echo "Overmatch: which of the people returned by a match are somebody else?"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r target text; do printf '%-15s %s\n' "$$target" "$$text"; done
	@echo
	@echo "  Variables: PYTHON=python3.12  SCENARIO=scenarios/smoke.yaml  PYTEST_ARGS='-x -k lock'"

run: $(READY) ## Set up, run scenarios/baseline.yaml, leave results/baseline/
	$(BIN)/overmatch run $(SCENARIO)

fidelity: $(READY) ## Compare the population with published figures, leave results/fidelity/
	$(BIN)/overmatch fidelity

results: $(READY) ## Make the reference runs and the paper in results/ again, say what changed
	$(BIN)/overmatch reference
	$(BIN)/overmatch figures --strict

test: $(READY) ## Set up and run the tests on all cores (minutes)
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(PYTEST_ARGS)

check: $(READY) ## Lint, format check and strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict

verify: $(READY) ## Run the slow tests, leave docs/verification/ (theory, coverage)
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

lock: ## Resolve requirements.lock anew (needs uv: make lock UV=/path/to/uv)
	$(UV) pip compile pyproject.toml $(LOCKED) --universal --python-version 3.11 \
		--fork-strategy fewest --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --output-file requirements.lock --upgrade

clean: ## Remove the environment and every cache; keep the results
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis results/.work build dist
	find simulator tests -type d -name __pycache__ -prune -exec rm -rf {} +

# The stamp is written last: an interrupted set-up starts afresh.
$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Overmatch needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1)." \
			"Name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) cannot make environments; install its venv module" \
			"(Debian: apt-get install python3-venv)." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	touch $@
