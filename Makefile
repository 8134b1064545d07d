# `make demo` opens the page, `make test` tests everything, `make train` trains a small model,
# `make lint` checks style and types. Each installs what it needs into .venv, once.
#   make demo PYTHON=python3.12       another Python (3.10 or newer)
#   make train ARGS="--max_steps 2000"   more flags for the trainer
#   make test ARGS="-k pipeline"      some tests, with flags for pytest

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
.PHONY: help demo test train lint
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# \{0,1\}//p' $(firstword $(MAKEFILE_LIST)) | head -5

demo: $(VENV)/.demo
	@$(BIN)/python app.py $(ARGS)

# All tests in a process a core, each of which takes half a minute to start: a few run in one.
# Who has done its tests takes over some of another's, so that the end is not waiting for one.
EVERY := --numprocesses logical --maxprocesses 4 --dist worksteal --durations=15
test: $(VENV)/.all
	@$(BIN)/python -m pytest $(or $(ARGS),$(EVERY))

train: $(VENV)/.all
	@$(BIN)/python training/train.py --config training/configs/quick.yaml $(ARGS)

lint: $(VENV)/.all
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# The stamps: an installation is repeated only when the file that lists it changed.
$(VENV)/.demo: requirements.txt | $(VENV)/.made
	@echo "Installing what the page needs into $(VENV) (a few minutes, once)"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.all: pyproject.toml Makefile | $(VENV)/.made
	@echo "Installing munit_hub with everything for training and tests into $(VENV) (a few minutes, once)"
	@$(PIP) -e '.[training,space,video,datasets,export,docs,test]'
	@touch $@

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { \
	echo "There is no $(PYTHON): run 'sudo apt-get install python3 python3-venv', then make again." >&2; \
	exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and f"Python 3.10 or newer is \
	needed, and $(PYTHON) is {sys.version.split()[0]}: name another with make PYTHON=...")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "Python's venv is missing: run 'sudo apt-get install" \
	"$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')'," \
	"then make again." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@
