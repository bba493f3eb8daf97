# make app    sets up what is missing and opens the app in the browser
# make test   sets up what is missing, then linter, type checker and tests
#
# Needs Python 3.11 to 3.14 and a POSIX shell. Variables, on the command line or in the environment:
#   PYTHON=python3.12      the interpreter to set up with
#   VENV=.venv             where the virtual environment goes
#   PORT=8600              port of the app; without it the first free one from 8501
#   ADDRESS=0.0.0.0        let other machines in; without it the app is for this machine only
#   GTZAN_DIR=/my/gtzan    folder with the GTZAN audio, if you have it
#   PYTEST_ARGS="-k audio" more arguments for pytest

PYTHON ?= python3
VENV ?= .venv
ADDRESS ?= localhost

RUN := $(VENV)/bin/python

# A stamp carries the checksum of the requirements it was installed from: edited requirements are installed anew.
APP_STAMP := $(VENV)/.app-$(shell cat requirements.txt | cksum | cut -d ' ' -f 1)
DEV_STAMP := $(VENV)/.dev-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d ' ' -f 1)

.PHONY: help app test clean

help:
	@sed -n '1,2s/^# //p' Makefile

# What the tests need includes what the app needs.
app: $(or $(wildcard $(DEV_STAMP)),$(APP_STAMP))
	$(RUN) -m streamlit run streamlit_app.py --server.address $(ADDRESS) $(if $(PORT),--server.port $(PORT))

test: $(DEV_STAMP)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	@# The type checker takes one core for a minute: it runs beside the tests, and has its say after them.
	@said=$$(mktemp); trap 'kill $$types 2>/dev/null; rm -f "$$said"' EXIT; trap 'exit 1' INT TERM; \
	$(RUN) -m mypy --strict core ui pages >"$$said" 2>&1 & types=$$!; \
	failed=0; \
	$(RUN) -m pytest -n 2 --dist worksteal $(PYTEST_ARGS) || failed=1; \
	wait $$types || failed=1; \
	cat "$$said"; exit $$failed

$(APP_STAMP):
	@$(call install,requirements.txt)

$(DEV_STAMP):
	@$(call install,requirements-dev.txt)

clean:
	rm -rf "$(VENV)" .mypy_cache .pytest_cache .ruff_cache

# $(1): requirements file. An environment that does not start, or is of a Python that will not do, is made anew.
define install
set -e; \
if ! "$(RUN)" scripts/check_python.py 2>/dev/null; then \
  command -v "$(PYTHON)" >/dev/null || { \
    echo "There is no command '$(PYTHON)'. Install Python 3.11 to 3.14, or name yours: make PYTHON=python3.12" >&2; exit 1; }; \
  "$(PYTHON)" scripts/check_python.py || exit 1; \
  echo "Making a virtual environment in $(VENV) with $$("$(PYTHON)" --version)"; \
  "$(PYTHON)" -m venv --clear "$(VENV)" || { \
    echo "Python's venv module does not work. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
fi; \
echo "Installing $(1) into $(VENV) (a few minutes and some GB the first time)"; \
"$(RUN)" -m pip install --quiet --disable-pip-version-check -r $(1); \
rm -f "$(VENV)"/.app-* "$(VENV)"/.dev-*; \
touch "$@"
endef
